import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isoFolder } from '../../alpine/release/store.ts';
import { diskUsage } from '../../ground/disk-usage.ts';
import { bakePaths } from '../../recipes/bake/paths.ts';
import type { Kept } from './kept.ts';

/**
 * The caches, inner folders first, and the names of the files that podbsd has put there; other files are none of its
 * business.
 */
const caches = [
  {
    name: 'kernel modules',
    folder: () => bakePaths('.').modules,
    // Built modules lie in folders named by a hash, the source that they are built from beside them.
    own: /^([0-9a-f]{32}|.+-[0-9a-f]{16}\.tar\.gz(\.src\.txz)?(\.part(\.\w+)?)?)$/,
  },
  {
    name: 'images of FreeBSD',
    folder: () => bakePaths('.').cache,
    own: /\.(qcow2|raw|img)(\.(xz|zst|gz|bz2))?(\.part(\.\w+)?|\.\w{6})?$/,
  },
  {
    name: 'images of Alpine',
    folder: isoFolder,
    own: /^(alpine-.+\.iso(\.asc)?(\.part(\.\w+)?)?|images\.json)$/,
  },
] as const;

/** What was downloaded; it is fetched again when it is needed. */
export async function downloadsKept(): Promise<Kept[]> {
  const kept: Kept[] = [];
  for (const { name, folder, own } of caches) {
    const files = await ownFiles(folder(), own);
    if (files.length === 0) continue;
    const seen = new Set<string>();
    let bytes = 0;
    for (const file of files) bytes += await diskUsage(file, seen);
    const state = files.some((file) => file.includes('.part')) ? 'partly fetched' : 'done';
    kept.push({ kind: 'download', name, path: folder(), state, bytes, remove: 'podbsd clean --all' });
  }
  return kept;
}

/** Removes the files of one cache. Its folder goes, too, unless something else is in it. */
export async function removeDownloads({ path }: Pick<Kept, 'path'>): Promise<void> {
  const cache = caches.find(({ folder }) => folder() === path);
  if (cache === undefined) return;
  for (const file of await ownFiles(path, cache.own)) await rm(file, { recursive: true, force: true });
  await rmdir(path).catch(() => undefined);
}

async function ownFiles(folder: string, own: RegExp): Promise<string[]> {
  const names = (await readdir(folder).catch(() => [])).filter((name) => own.test(name));
  const files: string[] = [];
  for (const path of names.map((name) => join(folder, name)))
    if ((await stat(path).catch(() => undefined)) !== undefined) files.push(path);
  return files;
}
