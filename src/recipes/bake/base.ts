import { basename, dirname, join } from 'node:path';
import { ExitCode, PodbsdError, messageOf } from '../../ground/errors.ts';
import { openDisk } from '../../disk/open-disk.ts';
import { expectImage } from '../../disk/open-image.ts';
import { packingByName, unpackedName } from '../../disk/packing-name.ts';
import { isPlainImage, makePlainImage } from '../../disk/plain-image.ts';
import type { Stage, StageRun } from '../../pipeline/stage.ts';
import { transferProgress } from '../../pipeline/transfer-progress.ts';
import { warnOfEnd } from '../shared/release.ts';
import { baseProblem } from './base-check.ts';
import { fetchBase, onlyOne } from './base-download.ts';
import { chooseBaseImage, type BaseImage } from './base-image.ts';
import { bytesOf } from './disk-size.ts';
import type { BakeEnv } from './env.ts';
import { baseSchema, type Base } from './layers.ts';

/** Gets the image that is baked: downloaded, verified and unpacked once for all bakes, or a file of the user's. */
export function baseStage(env: BakeEnv): Stage<Base, Pick<Base, 'path' | 'from' | 'sha256'>> {
  const image = chooseBaseImage(env.config, env.configFolder, env.baseImage);
  return {
    name: 'base',
    title: 'Get the base image',
    needs: [],
    outputs: baseSchema,
    inputs: async () => {
      // Not where it is: which mirror it comes from changes nothing.
      if (image.kind === 'download') return { image: image.path, sha256: image.sha256 };
      const info = await env.host.stat(image.path);
      return { file: image.path, size: info?.size, mtime: info?.mtime };
    },
    stands: async ({ path }) => (await env.host.stat(path)) !== undefined,
    sweep: async () => {},
    run: async (run) => {
      if (image.kind === 'file')
        return { path: await unpacked(env, image.path, image, run), from: basename(image.path) };
      warnOfEnd(env.config.build, run);
      return await onlyOne(env, image, run, async () => {
        const file = await fetchBase(env, image, run);
        return { path: await unpacked(env, file, image, run), from: image.path, sha256: image.sha256 };
      });
    },
    check: async (_run, { path }) => await lookAt(env, path),
    assumed: { format: 'qcow2', size: bytesOf(env.config.bake.size) },
  };
}

/**
 * The disk inside a file as QEMU and podbsd both take it, raw or qcow2: the file itself, or made of it in the cache for
 * a published one, or in the build directory for a file of the user's.
 */
async function unpacked(env: BakeEnv, file: string, image: BaseImage, run: StageRun): Promise<string> {
  const { host } = env;
  const plain = await host.perform(`look what ${file} holds`, () => isPlain(file));
  // A dry run has no file to look into.
  if (plain ?? packingByName(file) === undefined) return file;
  // In a folder of the user's somebody may replace it.
  const cached = image.kind === 'download' && image.directory === undefined;
  const to = cached ? join(env.paths.cache, unpackedName(image.name)) : join(env.paths.directory, 'base.img');
  // Of a download the packed file has been verified, and it never changes.
  if (cached && (await host.stat(to)) !== undefined) return to;
  const total = (await host.stat(file))?.size;
  const shown = transferProgress(run, 'unpacking');
  const onProgress = (done: number): void => shown(done, total);
  await host.mkdir(dirname(to));
  await host.perform(`unpack ${file} to ${to}`, () =>
    makePlainImage({ from: file, to, signal: run.signal, onProgress }),
  );
  // It is the backing file of all layers: nothing may write to it.
  await run.exec(['chmod', '0444', to]);
  return to;
}

async function isPlain(file: string): Promise<boolean> {
  await expectImage(file);
  return await isPlainImage(file);
}

async function lookAt(env: BakeEnv, path: string): Promise<Pick<Base, 'format' | 'size'>> {
  const kind = await expectImage(path);
  const format = kind.kind === 'disk' && kind.format === 'qcow2' ? 'qcow2' : 'raw';
  const disk = await openDisk(path).catch((error: unknown) => {
    throw unfit(path, messageOf(error), 'name a FreeBSD disk image', error);
  });
  try {
    const problem = await baseProblem(disk, env.config.build.architecture);
    if (problem !== undefined)
      throw unfit(
        path,
        problem,
        'name a FreeBSD disk image for this architecture, such as FreeBSD-...-BASIC-CLOUDINIT-zfs.qcow2.xz',
      );
    return { format, size: Math.max(disk.size, bytesOf(env.config.bake.size)) };
  } finally {
    await disk.close();
  }
}

function unfit(file: string, problem: string, remedy: string, cause?: unknown): PodbsdError {
  return new PodbsdError({
    doing: `reading the base image ${file}`,
    problem,
    remedy,
    exitCode: ExitCode.data,
    cause,
  });
}
