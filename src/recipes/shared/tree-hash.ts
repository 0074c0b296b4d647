import { createHash } from 'node:crypto';
import { readdir, readFile, lstat, readlink } from 'node:fs/promises';
import { join } from 'node:path';

/** A file of a tree: its path from the root of the tree, and a hash of what it is. */
export type TreeHash = Readonly<Record<string, string>>;

/**
 * Content, kind and executable bit of every file of folders that podbsd ships, so that a change makes what was built
 * from them outdated. Times and owners do not count: a fresh clone has others.
 */
export async function hashTree(
  root: string,
  accept: (path: string) => boolean = () => true,
): Promise<TreeHash> {
  const found: Record<string, string> = {};
  const names = await readdir(root, { recursive: true }).catch(() => []);
  for (const path of names.filter(accept).sort()) {
    const file = join(root, path);
    const stats = await lstat(file);
    if (stats.isDirectory()) continue;
    const content = stats.isSymbolicLink() ? `link ${await readlink(file)}` : await readFile(file);
    const kind = (stats.mode & 0o111) === 0 ? 'file' : 'program';
    found[path] = createHash('sha256').update(kind).update(content).digest('hex');
  }
  return found;
}
