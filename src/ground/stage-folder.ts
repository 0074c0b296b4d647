import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from './errors.ts';

/**
 * Makes a folder `PREFIX<pid>-XXXXXX` in which something is prepared beside its place, and removes those of the same
 * prefix whose podbsd was killed.
 */
export async function makeStageFolder(parent: string, prefix: string): Promise<string> {
  for (const name of await readdir(parent))
    if (isLeftOver(name, prefix)) await rm(join(parent, name), { recursive: true, force: true });
  return await mkdtemp(join(parent, `${prefix}${process.pid}-`));
}

function isLeftOver(name: string, prefix: string): boolean {
  if (!name.startsWith(prefix)) return false;
  const [, pid] = /^(\d+)-\w{6}$/.exec(name.slice(prefix.length)) ?? [];
  if (pid === undefined || Number(pid) === process.pid) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return errnoOf(error) === 'ESRCH';
  }
}
