import { constants } from 'node:fs';
import { chmod, copyFile, mkdtemp, rm, truncate } from 'node:fs/promises';
import type { BlockSource } from '../disk/block-source.ts';
import { RawSink } from '../disk/export/raw-sink.ts';
import { readInOrder } from '../disk/hash.ts';
import { UnreadableDisk, openDisk } from '../disk/open-disk.ts';
import { diskInImage, openImage } from '../disk/open-image.ts';
import { convertDisk, qemuImg, virtualSize, type DiskFile } from '../disk/qemu-img.ts';
import { dataRuns } from '../disk/zero-runs.ts';
import { ExitCode, PodbsdError, errnoOf, messageOf } from '../ground/errors.ts';
import { GIB, MIB } from '../ground/sizes.ts';

/** Bytes that are read at once, and the smallest run of zeros that becomes a hole. */
const CHUNK = 2 * MIB;
const CLUSTER = 64 * 1024;

export interface MakeDiskOptions {
  /** In any format that QEMU reads, packed or not; only read. */
  readonly image: string;
  /** The image comes from somebody else, so it must not refer to files of this host. */
  readonly foreign?: boolean | undefined;
  /** Must not exist yet; it grows as the guest writes. */
  readonly disk: string;
  readonly format: 'qcow2' | 'raw';
  /** Gibibytes: `--disk-size` counts these, as podman does. */
  readonly diskGiB: number;
  /** How much of the image has been copied. */
  readonly onPercent?: ((percent: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** Makes a machine's own disk from an image and grows it. The guest extends its file systems at its first boot. */
export async function makeDisk(options: MakeDiskOptions): Promise<void> {
  const { image, disk, signal } = options;
  const doing = `making the machine's disk of ${image}`;
  const scratch = await mkdtemp(`${disk}.`);
  try {
    const found = await diskInImage(image, { scratch, foreign: options.foreign, freebsd: true, signal });
    if (options.format === 'raw') await makeRaw(found, options, { scratch, doing });
    else await makeQcow2(found, options, doing);
  } catch (error) {
    signal?.throwIfAborted();
    throw diskError(error, doing);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function makeQcow2(found: DiskFile, options: MakeDiskOptions, doing: string): Promise<void> {
  const { disk, diskGiB, signal, onPercent } = options;
  const size = await virtualSize(found);
  if (size > diskGiB * GIB) throw tooSmall(doing, size, diskGiB);
  if (!(await clonePlain(found, disk)))
    await convertDisk(found, { path: disk, format: 'qcow2' }, signal, onPercent);
  if (size < diskGiB * GIB) await growDisk(disk, 'qcow2', diskGiB);
}

/** Where the file system can share blocks between files, a copy of a plain qcow2 file takes neither time nor space. */
async function clonePlain({ path, format }: DiskFile, disk: string): Promise<boolean> {
  if (format !== 'qcow2') return false;
  try {
    await (await openDisk(path)).close();
    await copyFile(path, disk, constants.COPYFILE_FICLONE_FORCE);
    await chmod(disk, 0o600);
    return true;
  } catch (error) {
    // Part of its disk is in another file, or the file system cannot do it.
    if (error instanceof UnreadableDisk || errnoOf(error) !== undefined) return false;
    throw error;
  }
}

/** Without qemu-img wherever podbsd reads the format itself: a host with bhyve need not have QEMU. */
async function makeRaw(
  found: DiskFile,
  { disk, diskGiB, signal, onPercent }: MakeDiskOptions,
  { scratch, doing }: { readonly scratch: string; readonly doing: string },
): Promise<void> {
  const source = await openImage(found.path, { scratch, signal });
  try {
    if (source.size > diskGiB * GIB) throw tooSmall(doing, source.size, diskGiB);
    await copyRaw(source, await RawSink.create(disk, diskGiB * GIB), { signal, onPercent });
  } finally {
    await source.close();
  }
}

async function copyRaw(
  source: BlockSource,
  sink: RawSink,
  { signal, onPercent }: Pick<MakeDiskOptions, 'signal' | 'onPercent'>,
): Promise<void> {
  try {
    await readInOrder(source, CHUNK, { signal }, async (chunk, offset) => {
      await sink.add(chunk, offset, dataRuns(chunk, CLUSTER));
      onPercent?.(Math.floor(((offset + chunk.length) / source.size) * 100));
    });
    await sink.finish();
  } catch (error) {
    await sink.abandon();
    throw error;
  }
}

/** Makes a machine's disk larger. The guest must not be running. */
export async function growDisk(disk: string, format: 'qcow2' | 'raw', diskGiB: number): Promise<void> {
  try {
    if (format === 'raw') await truncate(disk, diskGiB * GIB);
    else await qemuImg(['resize', '-q', '-f', 'qcow2', disk, `${diskGiB}G`]);
  } catch (error) {
    throw diskError(error, `growing ${disk} to ${diskGiB} GiB`);
  }
}

function tooSmall(doing: string, size: number, diskGiB: number): PodbsdError {
  const needed = Math.ceil(size / GIB);
  return new PodbsdError({
    doing,
    problem: `the disk in the image has ${needed} GiB and would not fit into ${diskGiB} GiB`,
    remedy: `--disk-size ${needed}, or more`,
    exitCode: ExitCode.usage,
  });
}

function diskError(error: unknown, doing: string): unknown {
  const full = errnoOf(error) === 'ENOSPC' || /No space left on device/.test(String(error));
  if (full)
    return new PodbsdError({
      doing,
      problem: 'no space is left on the file system of the machine',
      remedy: 'free space there, or set XDG_DATA_HOME to another file system, and run the same command again',
      exitCode: ExitCode.diskFull,
      cause: error,
    });
  if (errnoOf(error) === undefined) return error;
  return new PodbsdError({ doing, problem: messageOf(error), exitCode: ExitCode.data, cause: error });
}
