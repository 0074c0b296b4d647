import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../ground/assets.ts';
import { parsePackageList } from '../poudriere/package-list.ts';

/** A list in image/bake: one item per line, # begins a remark. */
export async function shippedList(name: string): Promise<readonly string[]> {
  return parsePackageList(await readFile(join(packageRoot, 'image/bake', name), 'utf8'));
}
