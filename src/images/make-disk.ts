import { rm, truncate } from 'node:fs/promises';
import { FileSource } from '../disk/file-source.ts';
import { readBytes } from '../disk/block-source.ts';
import { FORMAT_MAGIC_BYTES, detectDiskFormat, type DiskFormat } from '../disk/format.ts';
import { RawSink } from '../disk/export/raw-sink.ts';
import { readInOrder } from '../disk/hash.ts';
import { openDisk } from '../disk/open-disk.ts';
import { unpackImage, unpacker } from '../disk/unpack.ts';
import { dataRuns } from '../disk/zero-runs.ts';
import { ExitCode, PodbsdError, errnoOf, messageOf } from '../ground/errors.ts';
import { failedBy } from '../host/command-error.ts';
import type { Argv, RunOptions } from '../host/host.ts';
import type { LocalHost } from '../host/local.ts';

/** Bytes of a gibibyte: `--disk-size` counts these, as podman does. */
const GIB = 1024 ** 3;

/** Bytes that are read at once, and the least that becomes a hole when all of it is zero. */
const CHUNK = 2 * 1024 * 1024;
const CLUSTER = 64 * 1024;

export interface MakeDiskOptions {
  readonly image: string;
  /** Made anew; it grows as the guest writes. */
  readonly disk: string;
  readonly format: 'qcow2' | 'raw';
  readonly diskGiB: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Makes a machine's own disk of an image in any format and grows it; the image is only read. The guest extends its file
 * systems at its first boot.
 */
export async function makeDisk(host: LocalHost, options: MakeDiskOptions): Promise<void> {
  const { image, disk, format: wanted, diskGiB, signal } = options;
  const doing = `making the machine's disk of ${image}`;
  const unpacked = `${disk}.unpacked`;
  try {
    const format = await formatOf(image);
    const packed = unpacker(format);
    const stop = signal ?? new AbortController().signal;
    if (packed !== undefined)
      await unpackImage(host, { from: image, format: packed, to: unpacked, signal: stop });
    const source = packed === undefined ? image : unpacked;
    const inner = packed === undefined ? format : await formatOf(source);
    if (wanted === 'raw' && inner !== 'vhdx') {
      await copyRaw(source, disk, diskGiB, { doing, signal: stop });
      return;
    }
    const run: RunOptions = { signal: stop };
    const size = await virtualSize(host, inner, source);
    if (size > diskGiB * GIB) throw tooSmall(doing, size, diskGiB);
    await host.run([...qemuImg('convert', inner), '-O', wanted, source, disk], run);
    await host.run(['qemu-img', 'resize', '-q', '-f', wanted, disk, `${diskGiB}G`], run);
  } catch (error) {
    signal?.throwIfAborted();
    throw diskError(error, doing);
  } finally {
    await rm(unpacked, { force: true });
  }
}

/** A raw disk is made without qemu-img: a host with bhyve need not have QEMU. */
async function copyRaw(
  image: string,
  disk: string,
  diskGiB: number,
  { doing, signal }: { doing: string; signal: AbortSignal },
): Promise<void> {
  const source = await openDisk(image).catch((cause: unknown) => {
    throw new PodbsdError({ doing, problem: messageOf(cause), exitCode: ExitCode.data, cause });
  });
  try {
    if (source.size > diskGiB * GIB) throw tooSmall(doing, source.size, diskGiB);
    const sink = await RawSink.create(disk, diskGiB * GIB);
    try {
      await readInOrder(source, CHUNK, { signal }, (chunk, offset) =>
        sink.add(chunk, offset, dataRuns(chunk, CLUSTER)),
      );
      await sink.finish();
    } catch (error) {
      await sink.abandon();
      throw error;
    }
  } finally {
    await source.close();
  }
}

/** Makes a machine's disk larger. The guest must not be running. */
export async function growDisk(
  host: LocalHost,
  disk: string,
  format: 'qcow2' | 'raw',
  diskGiB: number,
): Promise<void> {
  try {
    if (format === 'raw') await truncate(disk, diskGiB * GIB);
    else await host.run(['qemu-img', 'resize', '-q', '-f', 'qcow2', disk, `${diskGiB}G`]);
  } catch (error) {
    throw diskError(error, `growing ${disk} to ${diskGiB} GiB`);
  }
}

async function formatOf(path: string): Promise<DiskFormat> {
  const file = await FileSource.open(path);
  try {
    return detectDiskFormat(await readBytes(file, 0, Math.min(FORMAT_MAGIC_BYTES, file.size)));
  } finally {
    await file.close();
  }
}

/** The format is always named: qemu-img would guess, and a raw disk's content must not decide what is opened. */
function qemuImg(command: string, format: DiskFormat): Argv {
  if (format === 'raw' || format === 'qcow2' || format === 'vhdx') return ['qemu-img', command, '-f', format];
  throw new PodbsdError({
    doing: 'reading the image',
    problem: `it is packed as ${format}`,
    remedy: 'unpack it and name the result',
    exitCode: ExitCode.data,
  });
}

async function virtualSize(host: LocalHost, format: DiskFormat, image: string): Promise<number> {
  const argv: Argv = [...qemuImg('info', format), '--output=json', image];
  const { stdout } = await host.run(argv, { readOnly: true });
  return (JSON.parse(stdout) as { 'virtual-size': number })['virtual-size'];
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
  if (failedBy(error, 'no-program'))
    return new PodbsdError({
      doing,
      problem: `the program ${error.failure.argv[0]} is not installed`,
      remedy: 'qemu-img: Debian qemu-utils, Fedora qemu-img, Homebrew and FreeBSD qemu',
      exitCode: ExitCode.host,
      cause: error,
    });
  if (errnoOf(error) === 'EACCES' || errnoOf(error) === 'EISDIR' || errnoOf(error) === 'ENOENT')
    return new PodbsdError({ doing, problem: String(error), exitCode: ExitCode.data, cause: error });
  return error;
}
