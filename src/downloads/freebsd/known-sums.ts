import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../ground/assets.ts';
import { sumIn } from './checksum-list.ts';

let text: string | undefined;

/** The SHA-256 of an image that was there when this podbsd was made: image/bake/CHECKSUM.SHA256. */
export function knownSum(name: string): string | undefined {
  text ??= readFileSync(join(packageRoot, 'image/bake/CHECKSUM.SHA256'), 'utf8');
  return sumIn(text, name);
}
