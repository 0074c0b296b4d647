import { link, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../ground/errors.ts';

const PREFIX = '.podbsd-export-';

/**
 * A folder inside the output folder, on the same file system, where everything is made before it is moved into place.
 */
export class Staging {
  readonly folder: string;
  readonly #outDir: string;

  private constructor(outDir: string, folder: string) {
    this.#outDir = outDir;
    this.folder = folder;
  }

  /** Makes both folders, and removes what a killed export left behind. */
  static async create(outDir: string): Promise<Staging> {
    await mkdir(outDir, { recursive: true });
    for (const name of await readdir(outDir))
      if (isLeftOver(name)) await rm(join(outDir, name), { recursive: true, force: true });
    return new Staging(outDir, await mkdtemp(join(outDir, `${PREFIX}${process.pid}-`)));
  }

  path(name: string): string {
    return join(this.folder, name);
  }

  /**
   * Puts the files in their places, in this order, over those of an earlier export, and removes its `stale` ones. When
   * one of the renames fails the earlier files are put back.
   */
  async publish(names: readonly string[], stale: readonly string[] = []): Promise<void> {
    const old = this.path('replaced');
    await mkdir(old);
    const placed: { name: string; kept: boolean }[] = [];
    try {
      for (const name of names) {
        const kept = await keep(join(this.#outDir, name), join(old, name));
        await rename(this.path(name), join(this.#outDir, name));
        placed.push({ name, kept });
      }
      for (const name of stale)
        if (await keep(join(this.#outDir, name), join(old, name))) {
          placed.push({ name, kept: true });
          await rm(join(this.#outDir, name));
        }
    } catch (error) {
      for (const { name, kept } of placed.reverse())
        if (kept) await rename(join(old, name), join(this.#outDir, name));
        else await rm(join(this.#outDir, name), { force: true });
      throw error;
    }
  }

  /** Removes the folder and what is still in it. */
  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Gives a file a second name. False when there is no such file. */
async function keep(path: string, second: string): Promise<boolean> {
  try {
    await link(path, second);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    throw error;
  }
}

function isLeftOver(name: string): boolean {
  if (!name.startsWith(PREFIX)) return false;
  const pid = Number.parseInt(name.slice(PREFIX.length), 10);
  if (!Number.isInteger(pid) || pid === process.pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return errnoOf(error) === 'ESRCH';
  }
}
