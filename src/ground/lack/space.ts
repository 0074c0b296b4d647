import { statfs } from 'node:fs/promises';
import { ExitCode, messageOf } from '../errors.ts';
import { formatSize } from '../sizes.ts';
import type { Lack } from './lack.ts';
import { nearestFolder } from './nearest-folder.ts';

/**
 * A folder, there already or still to be made, on whose file system fewer bytes are free for this user than the work
 * takes.
 */
export async function lackOfSpace(folder: string, bytes: number, work: string): Promise<Lack | undefined> {
  const there = nearestFolder(folder);
  try {
    const { bavail, bsize } = await statfs(there);
    const free = bavail * bsize;
    if (free >= bytes) return undefined;
    return {
      problem: `${formatSize(free)} are free in ${there}, and ${work} takes about ${formatSize(bytes)}`,
      remedy: `free space in ${there}, or choose a folder on a larger disk`,
      exitCode: ExitCode.diskFull,
    };
  } catch (error) {
    return {
      problem: `how much is free in ${there} cannot be told: ${messageOf(error)}`,
      remedy: `check ${there}`,
    };
  }
}
