import { readBytes, type BlockSource } from './block-source.ts';
import { FileSource } from './file-source.ts';
import { looksLike } from './looks-like.ts';
import { partitionTable } from './partition-table.ts';
import { QCOW2_MAGIC } from './qcow2/header.ts';
import { VHD_FOOTER_BYTES, fixedVhdSize } from './vhd.ts';

/** Formats of disk images; `vhd` is what QEMU calls vpc. */
export type DiskFormat = 'raw' | 'qcow2' | 'vmdk' | 'vhd' | 'vhdx' | 'vdi';

/** How a file is compressed. */
export type Packing = 'xz' | 'zstd' | 'gzip' | 'bzip2';

export interface IdentifiedDisk {
  readonly kind: 'disk';
  readonly format: DiskFormat;
  /** A raw disk, perhaps followed by something else: the guest's disk is the first so many bytes of the file. */
  readonly plainBytes?: number;
}

/** What a file is, told by its content and never by its name. */
export type FileKind =
  | IdentifiedDisk
  | { readonly kind: 'packed'; readonly packing: Packing }
  /** No disk. What it looks like, as the end of a sentence "it is ...": `a text file`. */
  | { readonly kind: 'other'; readonly what: string };

/** Bytes from the start of a file that identify everything but a fixed VHD, whose footer is at the end. */
export const HEAD_BYTES = 128 * 1024;

const packings: readonly (readonly [Packing, Buffer])[] = [
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['bzip2', Buffer.from('BZh', 'latin1')],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
];

const formats: readonly (readonly [DiskFormat, at: number, magic: Buffer])[] = [
  // Version 1 is a different format, which nothing writes any more.
  ['qcow2', 0, Buffer.from([...QCOW2_MAGIC, 0, 0, 0, 2])],
  ['qcow2', 0, Buffer.from([...QCOW2_MAGIC, 0, 0, 0, 3])],
  ['vmdk', 0, Buffer.from('KDMV', 'latin1')],
  ['vmdk', 0, Buffer.from('COWD', 'latin1')],
  ['vmdk', 0, Buffer.from('# Disk DescriptorFile', 'latin1')],
  ['vhdx', 0, Buffer.from('vhdxfile', 'latin1')],
  // The copy of the footer at the start of a dynamic VHD.
  ['vhd', 0, Buffer.from('conectix', 'latin1')],
  ['vdi', 64, Buffer.from([0x7f, 0x10, 0xda, 0xbe])],
];

/** The same for a file by its path. Rejects with the system's error when it cannot be read. */
export async function identifyFile(path: string): Promise<FileKind> {
  const file = await FileSource.open(path);
  try {
    return await identify(file);
  } finally {
    await file.close();
  }
}

/** Says what the bytes of a file are. This is the one place that knows formats. */
export async function identify(file: BlockSource): Promise<FileKind> {
  const head = await readBytes(file, 0, Math.min(HEAD_BYTES, file.size));
  const has = (at: number, magic: Buffer): boolean => head.subarray(at, at + magic.length).equals(magic);
  const packing = packings.find(([, magic]) => has(0, magic))?.[0];
  if (packing !== undefined) return { kind: 'packed', packing };
  const format = formats.find(([, at, magic]) => has(at, magic))?.[0];
  if (format !== undefined) return { kind: 'disk', format };
  const what = looksLike(head);
  if (what !== undefined) return { kind: 'other', what };
  if (!(await isPartitioned(file, head)))
    return { kind: 'other', what: 'data without a partition table (neither GPT nor MBR)' };
  const tail = await readBytes(file, Math.max(0, file.size - VHD_FOOTER_BYTES), VHD_FOOTER_BYTES);
  const fixed = fixedVhdSize(tail, file.size);
  return fixed === undefined
    ? { kind: 'disk', format: 'raw', plainBytes: file.size }
    : { kind: 'disk', format: 'vhd', plainBytes: fixed };
}

/** A table at the start, or the second copy of a GPT whose first one is lost. */
async function isPartitioned(file: BlockSource, head: Buffer): Promise<boolean> {
  if (partitionTable(head) !== undefined) return true;
  for (const sector of [512, 4096]) {
    const last = (Math.floor(file.size / sector) - 1) * sector;
    if (last > 0 && (await readBytes(file, last, 8)).toString('latin1') === 'EFI PART') return true;
  }
  return false;
}
