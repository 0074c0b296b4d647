import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as z from 'zod';
import { packageRoot } from '../../ground/assets.ts';
import { CommandError } from '../../host/command-error.ts';
import type { Stage, StageRun } from '../../pipeline/stage.ts';
import { largeMessages } from '../shared/message-size.ts';
import { ownPortsFolder } from '../shared/own-ports.ts';
import { hashTree } from '../shared/tree-hash.ts';
import type { BakeEnv } from './env.ts';
import { insideStage, type Ground } from './inside-stage.ts';
import type { Inside } from './inside.ts';
import { KeptModules } from './kept-modules.ts';
import { withKernelSource } from './kernel-source.ts';

const WORK = '/var/tmp/podbsd-p9fs';
/** Makes the loader use the modules. */
const LOADER_CONF = '/boot/loader.conf.d/podbsd-p9fs.conf';
/** In the order of their dependencies. */
const modules = ['/boot/modules/p9fs.ko', '/boot/modules/virtio_p9fs.ko'] as const;
const port = join(ownPortsFolder, 'sysutils/podbsd-p9fs-kmod/files');
const builder = join(packageRoot, 'image/bake/build-p9fs');

/**
 * Makes shares fast: p9fs with larger messages, built from the source of the base's kernel, or kept from an earlier bake
 * of the same base. Where the source cannot be had, or does not build, the image gets FreeBSD's own p9fs and a notice
 * says so: shares then work, but slowly.
 */
export function sharesStage(env: BakeEnv, ground: Ground): Stage<{ messages: string }> {
  const kib = largeMessages(env.config.shares);
  const madeBy = async () => ({ kib, files: await hashTree(port), builder: await readFile(builder, 'utf8') });
  return insideStage(env, ground, {
    layer: 'shares',
    title: 'Build p9fs with large messages',
    outputs: z.object({ messages: z.string() }),
    inputs: madeBy,
    work: async (inside, run) => {
      if (kib === undefined) return { messages: 'stock' };
      const kept = await KeptModules.for(env, inside, modules, await madeBy());
      if ((await kept.restore()) && (await takesKept(inside, run, kept))) return { messages: `${kib} KiB` };
      const { version } = run.output(ground.boot);
      const reason = await withKernelSource(env, inside, run, version, (source) =>
        build(inside, run, kib, source),
      );
      if (reason === undefined) {
        await kept.keep();
        return { messages: `${kib} KiB` };
      }
      run.say(`shares get FreeBSD's own p9fs with messages of 8 KiB: ${reason}`);
      return { messages: 'stock' };
    },
  });
}

/** Whether the kernel takes the modules of an earlier bake; then they are installed. */
async function takesKept(inside: Inside, run: StageRun, kept: KeptModules): Promise<boolean> {
  try {
    await load(inside);
  } catch (error) {
    if (!(error instanceof CommandError) || run.signal.aborted) throw error;
    await kept.forget();
    await removeModules(inside);
    return false;
  }
  await inside.host.writeFile(LOADER_CONF, await readFile(join(port, 'podbsd-p9fs.conf')));
  run.say('p9fs was built by an earlier bake of this base');
  return true;
}

/** Builds and installs. Returns why it could not. */
async function build(
  inside: Inside,
  run: StageRun,
  kib: number,
  source: string,
): Promise<string | undefined> {
  const { host } = inside;
  try {
    await host.upload(builder, `${WORK}/build-p9fs`);
    await host.upload(port, `${WORK}/files`);
    const argv = ['/bin/sh', `${WORK}/build-p9fs`, String(kib), source, `${WORK}/files`] as const;
    await inside.exec(argv, { cwd: WORK });
    await load(inside);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError) || run.signal.aborted) throw error;
    await host.remove(LOADER_CONF);
    await removeModules(inside);
    return `they could not be built or loaded, see ${run.logFile}`;
  } finally {
    if (!run.signal.aborted) await host.remove(WORK);
  }
}

/** The source may be of a later patch than the kernel; a module that it refuses would leave the image without shares. */
async function load(inside: Inside): Promise<void> {
  await inside.exec(['/sbin/kldload', '-n', ...modules]);
}

async function removeModules(inside: Inside): Promise<void> {
  for (const module of modules) await inside.host.remove(module);
}
