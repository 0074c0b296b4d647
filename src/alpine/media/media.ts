import { copyFile, mkdir, mkdtemp, open, readFile, rename, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { temporaryName } from '../../ground/temporary-name.ts';
import { FIXED_TIME } from '../overlay/pack.ts';
import { fatGeometry } from './geometry.ts';
import { fatOffset } from './locate.ts';
import { masterBootRecord, SECTOR } from './mbr.ts';
import { mtools } from './mtools.ts';

/** Label of the file system; `LBU_MEDIA=apkovl` and the guest's fstab refer to it. */
export const MEDIA_LABEL = 'APKOVL';

export interface MediaInput {
  /** Bytes of the disk, partition table included. */
  readonly size: number;
  /** 32-bit serial number. */
  readonly serial: number;
  /** Name of the overlay on the disk, `HOSTNAME.apkovl.tar.gz`; `lbu commit` writes to the same name. */
  readonly overlayName: string;
  readonly overlay: Uint8Array;
  /** Whether apk caches packages on it: it does when the folder `cache` exists. */
  readonly cache: boolean;
}

/**
 * Makes the disk that the guest finds its overlay on: MBR, one FAT partition, exactly one overlay in its root. The
 * image is written to a temporary file and renamed; holes are kept.
 */
export async function writeMedia(path: string, input: MediaInput): Promise<void> {
  const geometry = fatGeometry(input.size);
  const temporary = temporaryName(path);
  try {
    const file = await open(temporary, 'wx', 0o600);
    try {
      await file.truncate(input.size);
      await file.write(masterBootRecord(Math.floor(input.size / SECTOR), input.serial), 0, SECTOR, 0);
    } finally {
      await file.close();
    }
    // 16 heads: mtools reads and writes whole cylinders, and with the usual 255 one has 8 MB.
    const format = [
      ...['-T', String(geometry.sectors), '-h', '16', '-s', '63', '-H', '2048'],
      ...['-c', String(geometry.sectorsPerCluster), ...(geometry.type === 'FAT32' ? ['-F'] : [])],
      ...['-N', input.serial.toString(16).padStart(8, '0'), '-v', MEDIA_LABEL, '::'],
    ];
    await mtools('mformat', temporary, format);
    await fill(temporary, input);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

/** Puts an overlay, bytes or a file of this machine, into an existing image in place of the one that is there. */
export async function replaceOverlay(image: string, overlay: string | Uint8Array): Promise<void> {
  const name = await overlayOnMedia(image);
  // First under a name that Alpine does not look for, so that the image lacks an overlay only for a moment.
  const beside = 'podbsd.new';
  await copyIn(image, beside, overlay);
  await mtools('mdel', image, [`::${name}`]);
  await mtools('mren', image, [`::${beside}`, name]);
}

/** Copies the overlay of an image to a file of this machine; returns the name that it has on the image. */
export async function copyFromMedia(image: string, to: string): Promise<string> {
  const name = await overlayOnMedia(image);
  await mtools('mcopy', image, [`::${name}`, to]);
  return name;
}

/** The overlay in an image. */
export async function readOverlayFromMedia(image: string): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'podbsd-alpine-'));
  try {
    const copy = join(folder, 'overlay');
    await copyFromMedia(image, copy);
    return await readFile(copy);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Names in the root of the image's file system. */
export async function listMedia(image: string): Promise<string[]> {
  const listing = await mtools('mdir', image, ['-a', '-b', '::']);
  return listing
    .split('\n')
    .filter((line) => line.startsWith('::/'))
    .map((line) => line.slice('::/'.length))
    .filter((name) => /^[^/]+\/?$/.test(name));
}

/** The one overlay in the image. Alpine applies the first that it finds, so there must be no other. */
export async function overlayOnMedia(image: string): Promise<string> {
  const names = await listMedia(image);
  const found = names.filter((name) => name.includes('.apkovl.tar.gz') && !name.endsWith('/'));
  const fail = (problem: string, remedy: string): PodbsdError =>
    new PodbsdError({
      doing: `looking for the overlay in ${image}`,
      problem,
      remedy,
      exitCode: ExitCode.data,
    });
  const stray = found.find((name) => name.startsWith('._'));
  if (stray !== undefined)
    throw fail(
      `${stray} is a leftover of macOS (AppleDouble) that Alpine would take for an overlay and fail on`,
      `mdel -i ${image}@@${(await fatOffset(image)) ?? 0} "::${stray}"`,
    );
  const [name, other] = found;
  if (name === undefined)
    throw fail(
      'there is no *.apkovl.tar.gz in its root, under a long name',
      'make the disk with podbsd alpine create; Alpine looks neither into folders nor at names of the form NAME~1.GZ',
    );
  if (other !== undefined)
    throw fail(
      `there are ${found.length} overlays: ${found.join(', ')}`,
      'delete all but one: Alpine applies the first that it finds',
    );
  return name;
}

/** Everything in one call of mcopy, with fixed times. */
async function fill(image: string, input: MediaInput): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'podbsd-alpine-'));
  try {
    const sources = [join(folder, input.overlayName), ...(input.cache ? [join(folder, 'cache')] : [])];
    await writeFile(join(folder, input.overlayName), input.overlay);
    if (input.cache) await mkdir(join(folder, 'cache'));
    for (const source of sources) await utimes(source, FIXED_TIME, FIXED_TIME);
    await mtools('mcopy', image, ['-s', '-m', ...sources, '::']);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Copies bytes or a file into the root of the image, with a fixed time. */
async function copyIn(image: string, name: string, content: string | Uint8Array): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'podbsd-alpine-'));
  try {
    const source = join(folder, 'overlay');
    if (typeof content === 'string') await copyFile(content, source);
    else await writeFile(source, content);
    await utimes(source, FIXED_TIME, FIXED_TIME);
    await mtools('mcopy', image, ['-m', '-o', source, `::${name}`]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
