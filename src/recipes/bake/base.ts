import { chmod, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ExitCode, PodbsdError, errnoOf, messageOf } from '../../ground/errors.ts';
import { readBytes, type BlockSource } from '../../disk/block-source.ts';
import { FileSource } from '../../disk/file-source.ts';
import { FORMAT_MAGIC_BYTES, detectDiskFormat, type DiskFormat } from '../../disk/format.ts';
import { openDisk } from '../../disk/open-disk.ts';
import { CommandError } from '../../host/command-error.ts';
import type { Outputs, Stage, StageRun } from '../../pipeline/stage.ts';
import { baseProblem } from './base-check.ts';
import { fetchBase, unpackedName } from './base-download.ts';
import { chooseBaseImage, type BaseImage } from './base-image.ts';
import { bytesOf } from './disk-size.ts';
import type { BakeEnv } from './env.ts';
import { unpacker } from '../../disk/unpack.ts';

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

/** The disk inside a packed file, unpacked beside the download, or in the build directory for a file of the user's. */
async function unpacked(env: BakeEnv, file: string, image: BaseImage, run: StageRun): Promise<string> {
  const format = unpacker(env.host.dryRun ? formatByName(file) : await detect(file));
  if (format === undefined) return file;
  const to = image.kind === 'download' ? unpackedName(file) : join(env.paths.directory, 'base.img');
  // Of a download the packed file has been verified, and it never changes.
  if (image.kind === 'download' && (await env.host.stat(to)) !== undefined) return to;
  const total = (await env.host.stat(file))?.size;
  if (!env.host.dryRun) await mkdir(dirname(to), { recursive: true });
  try {
    await env.local.unpack({
      from: file,
      format,
      to,
      signal: run.signal,
      onProgress: (done) =>
        run.progress({ text: 'unpacking', done, ...(total === undefined ? {} : { total }) }),
    });
  } catch (error) {
    // Without an exit code the program could not be started, which its error says.
    if (!(error instanceof CommandError) || error.failure.exitCode === undefined || run.signal.aborted)
      throw error;
    throw new PodbsdError({
      doing: `unpacking the base image ${file}`,
      problem: error.problem,
      remedy: 'the file is damaged or incomplete: get it again',
      exitCode: ExitCode.data,
      cause: error,
    });
  }
  // It is the ground under all layers: nothing may write to it.
  if (!env.host.dryRun) await chmod(to, 0o444);
  return to;
}

/** A dry run has no file to look into. */
function formatByName(file: string): DiskFormat {
  if (file.endsWith('.xz')) return 'xz';
  if (file.endsWith('.gz')) return 'gzip';
  return file.endsWith('.zst') ? 'zstd' : 'raw';
}

async function detect(file: string): Promise<DiskFormat> {
  try {
    const source = await FileSource.open(file);
    try {
      return detectDiskFormat(await readBytes(source, 0, FORMAT_MAGIC_BYTES));
    } finally {
      await source.close();
    }
  } catch (error) {
    throw new PodbsdError({
      doing: `reading the base image ${file}`,
      problem: errnoOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error),
      remedy: 'name a FreeBSD disk image: raw or qcow2, as it is or packed with xz, zstd or gzip',
      exitCode: ExitCode.data,
      cause: error,
    });
  }
}

/** Not every qcow2 can be read here: its disk may be in another file, or encrypted. */
async function open(path: string): Promise<BlockSource> {
  try {
    return await openDisk(path);
  } catch (error) {
    throw new PodbsdError({
      doing: `reading the base image ${path}`,
      problem: messageOf(error),
      remedy: 'make a plain one of it: qemu-img convert -O qcow2 FROM TO',
      exitCode: ExitCode.data,
      cause: error,
    });
  }
}

async function lookAt(env: BakeEnv, path: string): Promise<Outputs> {
  const format = await detect(path);
  if (format !== 'raw' && format !== 'qcow2')
    throw new PodbsdError({
      doing: `reading the base image ${path}`,
      problem: `it is ${format}, and QEMU is given raw or qcow2 only`,
      remedy: 'convert it: qemu-img convert -O qcow2 FROM TO',
      exitCode: ExitCode.data,
    });
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
