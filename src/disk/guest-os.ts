import { readBytes, type BlockSource } from './block-source.ts';
import { partitionType } from './gpt/guid.ts';
import { readGpt } from './gpt/read.ts';
import type { DiskFormat } from './identify.ts';
import { MBR_FREEBSD, MBR_GPT_PROTECTIVE } from './mbr.ts';
import { UnreadableDisk, openDisk } from './open-disk.ts';
import { TABLE_BYTES, partitionTable, type PartitionTable } from './partition-table.ts';

const freebsdTypes: readonly string[] = [
  partitionType.freebsdBoot,
  partitionType.freebsdSwap,
  partitionType.freebsdUfs,
  partitionType.freebsdZfs,
];

/** Reads the first bytes of a disk in a format that podbsd itself does not read: with qemu-img. */
export type ReadStart = (
  disk: { readonly path: string; readonly format: DiskFormat },
  bytes: number,
) => Promise<Buffer>;

/**
 * Tells whether a disk image belongs to a FreeBSD guest, by its partition table: any FreeBSD GPT type, or MBR type 0xa5.
 * It reads a few kilobytes, so that a wrapper around QEMU can ask before each start.
 * @throws Error when that cannot be told: the file cannot be read, is packed, or is no disk.
 */
export async function isFreebsdDisk(path: string, readStart: ReadStart): Promise<boolean> {
  try {
    const disk = await openDisk(path);
    try {
      return await hasFreebsdPartition(disk);
    } finally {
      await disk.close();
    }
  } catch (error) {
    if (!(error instanceof UnreadableDisk) || error.kind.kind !== 'disk') throw error;
    const table = partitionTable(await readStart({ path, format: error.kind.format }, TABLE_BYTES));
    if (table === undefined) throw new Error('it has no partition table', { cause: error });
    return isFreebsds(table);
  }
}

/** The same question about a disk that is open already. */
export async function hasFreebsdPartition(disk: BlockSource): Promise<boolean> {
  const table = partitionTable(await readBytes(disk, 0, TABLE_BYTES));
  if (table !== undefined && isFreebsds(table)) return true;
  if (table?.kind === 'gpt' || table?.types.includes(MBR_GPT_PROTECTIVE) === false) return false;
  // The first copy of the table may be lost and only the second left.
  return (await readGpt(disk)).partitions.some(({ type }) => freebsdTypes.includes(type));
}

function isFreebsds(table: PartitionTable): boolean {
  return table.kind === 'mbr'
    ? table.types.includes(MBR_FREEBSD)
    : table.types.some((type) => freebsdTypes.includes(type));
}
