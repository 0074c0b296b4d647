import { createCipheriv, createHash } from 'node:crypto';
import { mkdtemp, open, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { MBR_FREEBSD } from '../../src/disk/mbr.ts';
import { dataRuns } from '../../src/disk/zero-runs.ts';

export const MiB = 1024 * 1024;

/** Bytes that do not compress and are the same on every run. */
export function noise(length: number, seed: string): Buffer {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  return createCipheriv('aes-128-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(length));
}

/** Makes a sparse file of `size` bytes with the pieces at their offsets. */
export async function writeSparse(
  path: string,
  size: number,
  pieces: readonly (readonly [offset: number, bytes: Buffer])[] = [],
): Promise<void> {
  const file = await open(path, 'w');
  try {
    await file.truncate(size);
    for (const [offset, bytes] of pieces) await file.write(bytes, 0, bytes.length, offset);
  } finally {
    await file.close();
  }
}

/** The first sector of a disk with one MBR partition, FreeBSD's: what makes a file of anything a disk to boot. */
export function mbrSector(type = MBR_FREEBSD): Buffer {
  const sector = Buffer.alloc(512);
  sector.writeUInt8(type, 446 + 4);
  sector.writeUInt32LE(63, 446 + 8);
  sector.writeUInt32LE(1024, 446 + 12);
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
}

/** Runs sgdisk with `-a 1`, as unaligned as mkimg(1) makes its images. */
export async function sgdisk(path: string, ...args: readonly string[]): Promise<string> {
  const { stdout } = await execa('sgdisk', ['-a', '1', ...args, path], {
    env: { PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
  });
  return stdout;
}

/** Size of the sample disk: as from mkimg(1), neither a multiple of 4 KiB nor of 1 MiB. */
export const SAMPLE_SIZE = 45 * MiB + 1536;

/** First sectors of the sample disk's partitions. */
export const sampleLba = { esp: 34, boot: 20514, zfs: 21538 } as const;

/**
 * A disk laid out as `poudriere image -t zfs+gpt` lays it out (ESP, freebsd-boot, freebsd-zfs, no gap, no alignment)
 * with just enough inside each partition to be recognised, and noise with holes in the pool.
 */
export async function writeSampleDisk(path: string): Promise<void> {
  // Made once for each test file: sgdisk waits a second for the kernel whenever it has written.
  original ??= makeOriginal();
  const bytes = await original;
  const runs = dataRuns(bytes, 4096);
  await writeSparse(
    path,
    bytes.length,
    runs.map(({ start, end }) => [start, bytes.subarray(start, end)] as const),
  );
}

let original: Promise<Buffer> | undefined;

async function makeOriginal(): Promise<Buffer> {
  const folder = await mkdtemp(join(tmpdir(), 'podbsd-sample-'));
  try {
    return await makeWithSgdisk(join(folder, 'disk.img'));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function makeWithSgdisk(path: string): Promise<Buffer> {
  const esp = Buffer.alloc(512);
  esp.writeUInt16LE(0xaa55, 510);
  await writeSparse(path, SAMPLE_SIZE, [
    [sampleLba.esp * 512, esp],
    [sampleLba.boot * 512, noise(64 * 1024, 'gptzfsboot')],
    [sampleLba.zfs * 512, zfsLabel()],
    [sampleLba.zfs * 512 + 256 * 1024, zfsLabel()],
    [sampleLba.zfs * 512 + 5 * MiB, noise(3 * MiB + 5000, 'pool')],
    [sampleLba.zfs * 512 + 20 * MiB, noise(700_000, 'more')],
  ]);
  await sgdisk(
    path,
    '-n', `1:${sampleLba.esp}:${sampleLba.boot - 1}`, '-t', '1:ef00', '-c', '1:efiboot0',
    '-n', `2:${sampleLba.boot}:${sampleLba.zfs - 1}`, '-t', '2:a501', '-c', '2:gptboot0',
    '-n', `3:${sampleLba.zfs}:0`, '-t', '3:a504', '-c', '3:zfsroot',
  ); // prettier-ignore
  return await readFile(path);
}

/** The first 256 KiB of a pool member: an XDR name-value list at 16 KiB and one uberblock. */
function zfsLabel(): Buffer {
  const label = Buffer.alloc(256 * 1024);
  Buffer.from([1, 1, 0, 0]).copy(label, 16 * 1024);
  label.write('zroot', 16 * 1024 + 64, 'latin1');
  label.writeBigUInt64LE(0x00bab10cn, 128 * 1024);
  return label;
}
