import { link, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { errnoOf } from '../../ground/errors.ts';
import { makeStageFolder } from '../../ground/stage-folder.ts';

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
    return new Staging(outDir, await makeStageFolder(outDir, PREFIX));
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
          await rm(join(this.#outDir, name), { force: true });
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

/** What file systems without hard links answer, FAT and most of the network among them. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** Gives a file a second name, or another one where files have but one. False when there is no such file. */
async function keep(path: string, second: string): Promise<boolean> {
  try {
    await link(path, second);
    return true;
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return false;
    if (!NO_LINKS.has(errnoOf(error) ?? '')) throw error;
    await rename(path, second);
    return true;
  }
}
