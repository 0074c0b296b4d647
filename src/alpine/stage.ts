import { mkdir, mkdtemp, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const MAKING = '.making-';

/**
 * Makes files in a folder beside their place and moves them there when all of them are done, `last` behind the others:
 * whatever happens before leaves the place as it was, even without a folder where there was none.
 * @param make is given the folder in which it makes the files.
 */
export async function makeBeside<T>(
  folder: string,
  last: string,
  make: (stage: string) => Promise<T>,
): Promise<T> {
  const topmost = await mkdir(folder, { recursive: true });
  try {
    await removeLeftOver(folder);
    const stage = await mkdtemp(join(folder, `${MAKING}${process.pid}-`));
    try {
      const result = await make(stage);
      const names = (await readdir(stage)).sort((a, b) => Number(a === last) - Number(b === last));
      for (const name of names) await rename(join(stage, name), join(folder, name));
      return result;
    } finally {
      await rm(stage, { recursive: true, force: true });
    }
  } finally {
    if (topmost !== undefined) await removeEmpty(folder, topmost);
  }
}

/** What a podbsd that was killed has left here. */
async function removeLeftOver(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const [, pid] = /^\.making-(\d+)-\w{6}$/.exec(name) ?? [];
    if (pid !== undefined && !isRunning(Number(pid)))
      await rm(join(folder, name), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** Removes a folder and those above it that were made with it, as far as there is nothing in them. */
async function removeEmpty(folder: string, topmost: string): Promise<void> {
  try {
    await rmdir(folder);
    if (folder !== topmost && dirname(folder) !== folder) await removeEmpty(dirname(folder), topmost);
  } catch {
    // Something is in it: the files that were made, or somebody else's.
  }
}
