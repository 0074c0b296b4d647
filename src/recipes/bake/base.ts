import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExitCode, PodbsdError, messageOf } from '../../ground/errors.ts';
import type { BlockSource } from '../../disk/block-source.ts';
import { openDisk } from '../../disk/open-disk.ts';
import { identifyImage, noDisk } from '../../disk/open-image.ts';
import { isPlainImage } from '../../disk/plain-image.ts';
import type { Outputs, Stage, StageRun } from '../../pipeline/stage.ts';
import { baseProblem } from './base-check.ts';
import { fetchBase, unpackedName } from './base-download.ts';
import { chooseBaseImage, type BaseImage } from './base-image.ts';
import { bytesOf } from './disk-size.ts';
import type { BakeEnv } from './env.ts';

/** Gets the image that is baked: downloaded, verified and unpacked once for all bakes, or a file of the user's. */
export function baseStage(env: BakeEnv): Stage {
  const image = chooseBaseImage(env.config, env.configFolder, env.baseImage);
  return {
    name: 'base',
    title: 'Get the base image',
    needs: [],
    inputs: async () => {
      if (image.kind === 'download') return { url: image.url, sha256: image.sha256 };
      const info = await env.host.stat(image.path);
      return { file: image.path, size: info?.size, mtime: info?.mtime };
    },
    stands: async ({ path = '' }) => (await env.host.stat(path)) !== undefined,
    sweep: async () => {},
    run: async (run) => {
      const file = image.kind === 'file' ? image.path : await fetchBase(env, image, run);
      return { path: await unpacked(env, file, image, run) };
    },
    check: async (_run, outputs) => await lookAt(env, outputs['path'] ?? ''),
  };
}

/**
 * The disk inside a file as QEMU and podbsd both take it, raw or qcow2: the file itself, or made of it beside the
 * download, or in the build directory for a file of the user's.
 */
async function unpacked(env: BakeEnv, file: string, image: BaseImage, run: StageRun): Promise<string> {
  if (env.host.dryRun ? !packedByName(file) : await isPlain(file)) return file;
  const to = image.kind === 'download' ? unpackedName(file) : join(env.paths.directory, 'base.img');
  // Of a download the packed file has been verified, and it never changes.
  if (image.kind === 'download' && (await env.host.stat(to)) !== undefined) return to;
  const total = (await env.host.stat(file))?.size;
  if (!env.host.dryRun) await mkdir(dirname(to), { recursive: true });
  await env.local.unpack({
    from: file,
    to,
    signal: run.signal,
    onProgress: (done) =>
      run.progress({ text: 'unpacking', done, ...(total === undefined ? {} : { total }) }),
  });
  // It is the ground under all layers: nothing may write to it.
  if (!env.host.dryRun) await chmod(to, 0o444);
  return to;
}

/** A dry run has no file to look into. */
function packedByName(file: string): boolean {
  return /\.(xz|zst|gz|bz2)$/.test(file);
}

async function isPlain(file: string): Promise<boolean> {
  const kind = await identifyImage(file);
  if (kind.kind === 'other') throw noDisk(file, kind);
  return await isPlainImage(file);
}

async function open(path: string): Promise<BlockSource> {
  try {
    return await openDisk(path);
  } catch (error) {
    throw new PodbsdError({
      doing: `reading the base image ${path}`,
      problem: messageOf(error),
      remedy: 'name a FreeBSD disk image',
      exitCode: ExitCode.data,
      cause: error,
    });
  }
}

async function lookAt(env: BakeEnv, path: string): Promise<Outputs> {
  const kind = await identifyImage(path);
  const format = kind.kind === 'disk' && kind.format === 'qcow2' ? 'qcow2' : 'raw';
  const disk = await open(path);
  try {
    const problem = await baseProblem(disk, env.config.build.architecture);
    if (problem !== undefined)
      throw new PodbsdError({
        doing: `reading the base image ${path}`,
        problem,
        remedy:
          'name a FreeBSD disk image for this architecture, such as FreeBSD-...-BASIC-CLOUDINIT-zfs.qcow2.xz',
        exitCode: ExitCode.data,
      });
    return { format, size: String(Math.max(disk.size, bytesOf(env.config.bake.size))) };
  } finally {
    await disk.close();
  }
}
