import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Bytes that a file or folder really takes on this machine's disks: holes of sparse files count nothing, and a file of
 * several names counts once. What cannot be read, or goes away meanwhile, counts nothing; links are not followed.
 *
 * @param seen files that were counted before, for several folders that share files.
 */
export async function diskUsage(path: string, seen = new Set<string>()): Promise<number> {
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined) return 0;
  const id = `${found.dev}:${found.ino}`;
  if (seen.has(id)) return 0;
  seen.add(id);
  let bytes = found.blocks * 512;
  if (!found.isDirectory()) return bytes;
  for (const name of await readdir(path).catch(() => [])) bytes += await diskUsage(join(path, name), seen);
  return bytes;
}
