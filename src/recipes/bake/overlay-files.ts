import { readdir, readFile, readlink, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { overlayTrees } from '../shared/overlay-trees.ts';

/** One file of the tree that is laid over FreeBSD. */
export type OverlayFile =
  | { readonly kind: 'file'; readonly path: string; readonly content: Buffer; readonly mode: number }
  | { readonly kind: 'link'; readonly path: string; readonly target: string };

/** All files of the overlay, with absolute paths. Everything is root's, read for all and write for root alone. */
export async function overlayFiles(architecture: string): Promise<readonly OverlayFile[]> {
  const trees = overlayTrees(architecture).map((tree) => readTree(tree));
  return (await Promise.all(trees)).flat();
}

/** All files of one tree. */
export async function readTree(tree: string): Promise<readonly OverlayFile[]> {
  const entries = await readdir(tree, { recursive: true, withFileTypes: true });
  const found = entries.flatMap((entry): Promise<OverlayFile>[] => {
    const file = join(entry.parentPath, entry.name);
    const path = `/${relative(tree, file)}`;
    if (entry.isSymbolicLink())
      return [readlink(file).then((target) => ({ kind: 'link', path, target }) as const)];
    return entry.isFile() ? [readOne(file, path)] : [];
  });
  return (await Promise.all(found)).sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** One file, to be put at a path. */
export async function readOne(file: string, path: string): Promise<OverlayFile> {
  const executable = ((await stat(file)).mode & 0o111) !== 0;
  return { kind: 'file', path, content: await readFile(file), mode: executable ? 0o755 : 0o644 };
}
