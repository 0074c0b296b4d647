import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../ground/assets.ts';

/** The folders that are laid over FreeBSD: the one for every architecture, and the one for this. */
export function overlayTrees(architecture: string): readonly string[] {
  return ['overlay', `overlay.${architecture}`]
    .map((name) => join(packageRoot, 'image', name))
    .filter((tree) => existsSync(tree));
}
