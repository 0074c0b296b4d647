import { createHash } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { exists } from '../../ground/exists.ts';
import { replaceFile } from '../../ground/replace-file.ts';
import { ask } from '../../host/ask.ts';
import type { Json } from '../../pipeline/stage.ts';
import { putFiles } from './archive.ts';
import type { BakeEnv } from './env.ts';
import type { Inside } from './inside.ts';

/** Kernel modules that an earlier bake has built for the same kernel in the same way. */
export class KeptModules {
  readonly #inside: Inside;
  readonly #folder: string | undefined;
  readonly #modules: readonly string[];

  private constructor(inside: Inside, folder: string | undefined, modules: readonly string[]) {
    this.#inside = inside;
    this.#folder = folder;
    this.#modules = modules;
  }

  /**
   * @param modules their paths inside.
   * @param madeBy whatever decides what is built, besides the kernel.
   */
  static async for(
    env: BakeEnv,
    inside: Inside,
    modules: readonly string[],
    madeBy: Json,
  ): Promise<KeptModules> {
    // Processor, version with its place in the history and its configuration, and __FreeBSD_version.
    const kernel = await ask(inside.host, ['/usr/bin/uname', '-pvK']);
    const key = createHash('sha256')
      .update(JSON.stringify([kernel, madeBy]))
      .digest('hex');
    // A kernel that does not say what it is has none.
    const folder =
      kernel === undefined || kernel === '' ? undefined : join(env.paths.modules, key.slice(0, 32));
    return new KeptModules(inside, folder, modules);
  }

  /** Puts the modules in place. Returns false when there are none. */
  async restore(): Promise<boolean> {
    const folder = this.#folder;
    if (folder === undefined || !(await exists(join(folder, 'complete')))) return false;
    const files = this.#modules.map(async (path) => ({
      ...({ kind: 'file', mode: 0o555 } as const),
      path,
      content: await readFile(join(folder, basename(path))),
    }));
    await putFiles(this.#inside, await Promise.all(files));
    return true;
  }

  /** Keeps the modules that are in place now. */
  async keep(): Promise<void> {
    const folder = this.#folder;
    if (folder === undefined) return;
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    for (const path of this.#modules) await this.#inside.host.download(path, join(folder, basename(path)));
    // Written last: a folder without it was interrupted.
    await replaceFile(join(folder, 'complete'), '');
  }

  /** Forgets modules that turned out to be useless. */
  async forget(): Promise<void> {
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
  }
}
