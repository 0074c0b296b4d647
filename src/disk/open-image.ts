import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExitCode, PodbsdError, errnoOf } from '../ground/errors.ts';
import { fileProblem } from '../ground/file-problem.ts';
import type { BlockSource } from './block-source.ts';
import { FileSource } from './file-source.ts';
import { identifyFile, type FileKind } from './identify.ts';
import { UnreadableDisk, describeKind, openDisk } from './open-disk.ts';
import { convertDisk, type DiskFile } from './qemu-img.ts';
import { unpackImage } from './unpack.ts';

export interface OpenImageOptions {
  /** A folder for what has to be unpacked or converted; the caller removes it. */
  readonly scratch: string;
  /** Bytes of a packed file that are unpacked so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds the disk in an image of any format: the file itself, or what was packed in it, unpacked into the scratch folder.
 * @throws PodbsdError when it cannot be read, or is no disk; the error says what it looks like.
 */
export async function diskInImage(image: string, options: OpenImageOptions): Promise<DiskFile> {
  const kind = await identifyImage(image);
  if (kind.kind === 'disk') return { path: image, format: kind.format };
  if (kind.kind === 'other') throw noDisk(image, kind);
  const { scratch, onProgress, signal = new AbortController().signal } = options;
  const path = join(scratch, 'unpacked');
  await unpackImage({ from: image, packing: kind.packing, to: path, onProgress, signal });
  const inner = await identifyFile(path);
  if (inner.kind === 'disk') return { path, format: inner.format };
  await rm(path);
  throw noDisk(image, inner, `unpacked (${kind.packing}) `);
}

/** Opens the disk in an image of any format. What podbsd does not read itself goes through qemu-img. */
export async function openImage(image: string, options: OpenImageOptions): Promise<BlockSource> {
  const disk = await diskInImage(image, options);
  try {
    return await openDisk(disk.path);
  } catch (error) {
    if (!(error instanceof UnreadableDisk)) throw error;
    const path = join(options.scratch, 'converted');
    await convertDisk(disk, { path, format: 'raw' }, options.signal);
    return await FileSource.open(path);
  }
}

/**
 * Tells what a file is, as far as that is visible without unpacking it.
 * @throws PodbsdError when it cannot be read.
 */
export async function identifyImage(image: string): Promise<FileKind> {
  try {
    return await identifyFile(image);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw new PodbsdError({
      doing: `reading the image ${image}`,
      problem: fileProblem(error),
      remedy: 'name a disk image',
      exitCode: ExitCode.data,
      cause: error,
    });
  }
}

/** The error for a file that is no disk image. */
export function noDisk(image: string, kind: FileKind, before = ''): PodbsdError {
  return new PodbsdError({
    doing: `reading the image ${image}`,
    problem: `it is not a disk image: ${before}it is ${describeKind(kind)}`,
    remedy:
      'name a disk image: raw, qcow2, vmdk, vhd, vhdx or vdi, as it is or packed with xz, zstd, gzip or bzip2',
    exitCode: ExitCode.data,
  });
}
