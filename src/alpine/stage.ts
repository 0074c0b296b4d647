import { mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { makeStageFolder } from '../ground/stage-folder.ts';

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
    const stage = await makeStageFolder(folder, '.making-');
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

/** Removes a folder and those above it that were made with it, as far as there is nothing in them. */
async function removeEmpty(folder: string, topmost: string): Promise<void> {
  try {
    await rmdir(folder);
    if (folder !== topmost && dirname(folder) !== folder) await removeEmpty(dirname(folder), topmost);
  } catch {
    // Something is in it: the files that were made, or somebody else's.
  }
}
