import { QCOW2_MAGIC } from './qcow2/header.ts';

/** What a disk image file is, told by its first bytes and never by its name. */
export type DiskFormat = 'raw' | 'qcow2' | 'vhdx' | 'gzip' | 'bzip2' | 'xz' | 'zstd';

/** Bytes that detectDiskFormat needs. */
export const FORMAT_MAGIC_BYTES = 8;

const magics: readonly (readonly [DiskFormat, Buffer])[] = [
  ['qcow2', QCOW2_MAGIC],
  ['vhdx', Buffer.from('vhdxfile', 'latin1')],
  ['gzip', Buffer.from([0x1f, 0x8b])],
  ['bzip2', Buffer.from('BZh', 'latin1')],
  ['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00])],
  ['zstd', Buffer.from([0x28, 0xb5, 0x2f, 0xfd])],
];

/** Everything without a known magic is raw, as QEMU's own probing has it. */
export function detectDiskFormat(head: Buffer): DiskFormat {
  return magics.find(([, magic]) => head.subarray(0, magic.length).equals(magic))?.[0] ?? 'raw';
}
