import { join } from 'node:path';
import { packageRoot } from '../../ground/assets.ts';
import { z } from 'zod';
import { lacks } from '../../host/ask.ts';
import { CommandError } from '../../host/command-error.ts';
import type { Stage, StageRun } from '../../pipeline/stage.ts';
import { ownPortsFolder } from '../shared/own-ports.ts';
import { largeMessages } from '../shared/message-size.ts';
import { hashTree } from '../shared/tree-hash.ts';
import type { BakeEnv } from './env.ts';
import { insideStage, type Ground } from './inside-stage.ts';
import type { Inside } from './inside.ts';
import { offered, withPackages } from './pkg.ts';

const WORK = '/var/tmp/podbsd-p9fs';
const SOURCE = '/usr/src';
/** The package of FreeBSD's own that holds the kernel's source, for bases that are made of packages. */
const SOURCE_PACKAGE = 'FreeBSD-src-sys';
/** In the order of their dependencies. */
const modules = ['/boot/modules/p9fs.ko', '/boot/modules/virtio_p9fs.ko'];
const port = join(ownPortsFolder, 'sysutils/podbsd-p9fs-kmod/files');

/**
 * Makes shares fast: p9fs with larger messages, built from the source of the base's kernel. Where the source is not
 * available, or does not build, the image gets FreeBSD's own p9fs and a notice says so: shares then work, but slowly.
 */
export function sharesStage(env: BakeEnv, ground: Ground): Stage<{ messages: string }> {
  const kib = largeMessages(env.config.shares);
  return insideStage(env, ground, {
    layer: 'shares',
    title: 'Build p9fs with large messages',
    outputs: z.object({ messages: z.string() }),
    inputs: async () => ({ kib, files: await hashTree(port) }),
    work: async (inside, run) => {
      if (kib === undefined) return { messages: 'stock' };
      const reason = await withSource(inside, run, () => build(inside, run, kib));
      if (reason === undefined) return { messages: `${kib} KiB` };
      run.say(`shares get FreeBSD's own p9fs with messages of 8 KiB: ${reason}`);
      return { messages: 'stock' };
    },
  });
}

/** Does the work with the kernel's source in place, and removes what was installed for it. */
async function withSource(
  inside: Inside,
  run: StageRun,
  work: () => Promise<string | undefined>,
): Promise<string | undefined> {
  if (!(await lacks(inside.host, `${SOURCE}/sys/fs/p9fs/p9fs_vfsops.c`))) return await work();
  if ((await offered(inside, [SOURCE_PACKAGE])).length === 0)
    return `the base has no kernel source, and its repositories have no package ${SOURCE_PACKAGE}`;
  return await withPackages(inside, run, [SOURCE_PACKAGE], work);
}

/** Builds and installs. Returns why it could not. */
async function build(inside: Inside, run: StageRun, kib: number): Promise<string | undefined> {
  const { host } = inside;
  try {
    await host.upload(join(packageRoot, 'image/bake/build-p9fs'), `${WORK}/build-p9fs`);
    await host.upload(port, `${WORK}/files`);
    const argv = ['/bin/sh', `${WORK}/build-p9fs`, String(kib), SOURCE, `${WORK}/files`] as const;
    await inside.exec(argv, { cwd: WORK });
    // The source may be of a later patch than the kernel; a module that it refuses would leave the image without shares.
    await inside.exec(['/sbin/kldload', '-n', ...modules]);
    return undefined;
  } catch (error) {
    if (!(error instanceof CommandError) || run.signal.aborted) throw error;
    await host.remove('/boot/loader.conf.d/podbsd-p9fs.conf');
    return `they could not be built or loaded, see ${run.logFile}`;
  } finally {
    if (!run.signal.aborted) await host.remove(WORK);
  }
}
