import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExitCode, PodbsdError, errnoOf } from '../ground/errors.ts';
import { fileProblem } from '../ground/file-problem.ts';
import { CommandError, lastLines } from '../host/command-error.ts';
import type { BlockSource } from './block-source.ts';
import { FileSource } from './file-source.ts';
import { identifyFile, type FileKind } from './identify.ts';
import { insideOf, type Inside } from './inside.ts';
import { UnreadableDisk, openDisk } from './open-disk.ts';
import { convertDisk, type DiskFile } from './qemu-img.ts';
import { refersToOthers } from './references.ts';
import { noDisk, noFreebsd, notAlone, unreadable } from './unfit-image.ts';
import { unpackImage } from './unpack.ts';

export interface OpenImageOptions {
  /** A folder for what has to be unpacked or converted; the caller removes it. */
  readonly scratch: string;
  /** The image comes from somebody else, so it must not refer to files of this host. */
  readonly foreign?: boolean | undefined;
  /** It is to be booted as a machine, so it must have a partition of FreeBSD. */
  readonly freebsd?: boolean | undefined;
  /** Bytes of a packed file that are unpacked so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Finds the disk in an image of any format: the file itself, or what was packed in it, unpacked into the scratch folder.
 * @throws PodbsdError when it cannot be read, or holds no disk; the error says what it looks like.
 */
export async function diskInImage(image: string, options: OpenImageOptions): Promise<DiskFile> {
  const kind = await kindOf(image);
  if (kind.kind === 'disk') return await expectFit({ path: image, format: kind.format }, image, options);
  if (kind.kind === 'other') throw noDisk(image, kind);
  const { scratch, onProgress, signal = new AbortController().signal } = options;
  const path = join(scratch, 'unpacked');
  await unpackImage({ from: image, packing: kind.packing, to: path, onProgress, signal });
  const before = `unpacked (${kind.packing}) `;
  try {
    const inner = await identifyFile(path);
    if (inner.kind !== 'disk') throw noDisk(image, inner, before);
    return await expectFit({ path, format: inner.format }, image, options, before);
  } catch (error) {
    await rm(path);
    throw error;
  }
}

/** What others keep is not read at all where it must not be. */
async function expectFit(
  disk: DiskFile,
  image: string,
  { foreign, freebsd }: Pick<OpenImageOptions, 'foreign' | 'freebsd'>,
  before = '',
): Promise<DiskFile> {
  if (foreign === true && (await refersToOthers(disk))) throw notAlone(image);
  const inside = await lookInside(disk, image);
  if (inside?.kind === 'other') throw noDisk(image, inside, `${before}${shell(disk)}`);
  if (freebsd === true && inside?.freebsd === false) throw noFreebsd(image);
  return disk;
}

/** Undefined when it cannot be told here: without qemu-img, whose lack is told where it is asked for. */
async function lookInside(disk: DiskFile, image: string): Promise<Inside | undefined> {
  try {
    return await insideOf(disk);
  } catch (error) {
    if (error instanceof PodbsdError && error.exitCode === ExitCode.host) return undefined;
    if (error instanceof CommandError) throw unreadable(image, lastLines(error.failure.stderr, 1), error);
    throw error;
  }
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
 * Refuses early what diskInImage would refuse later, as far as that is visible without unpacking it.
 *
 * @param freebsd it is to be booted as a machine.
 * @throws PodbsdError when it cannot be read, or holds no disk.
 */
export async function expectImage(image: string, freebsd = false): Promise<FileKind> {
  const kind = await kindOf(image);
  if (kind.kind === 'other') throw noDisk(image, kind);
  if (kind.kind === 'disk') await expectFit({ path: image, format: kind.format }, image, { freebsd });
  return kind;
}

async function kindOf(image: string): Promise<FileKind> {
  try {
    return await identifyFile(image);
  } catch (error) {
    if (errnoOf(error) === undefined) throw error;
    throw unreadable(image, fileProblem(error), error);
  }
}

/** What is around the disk, for a sentence that ends with what is in it. */
function shell({ format }: DiskFile): string {
  return format === 'raw' ? '' : `inside (${format}) `;
}
