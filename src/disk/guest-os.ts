import { readBytes, type BlockSource } from './block-source.ts';
import { partitionType, readGuid } from './gpt/guid.ts';
import { MBR_FREEBSD, readMbr } from './mbr.ts';
import { openDisk } from './open-disk.ts';

const SECTOR = 512;
/** Protective MBR, GPT header and the 128 entries of 128 bytes that every tool writes. */
const TABLE_BYTES = 34 * SECTOR;

const freebsdTypes: readonly string[] = [
  partitionType.freebsdBoot,
  partitionType.freebsdSwap,
  partitionType.freebsdUfs,
  partitionType.freebsdZfs,
];

/**
 * Tells whether a raw or qcow2 disk belongs to a FreeBSD guest, by its partition table: any FreeBSD GPT type, or MBR
 * type 0xa5. It reads a few kilobytes, so that a wrapper around QEMU can ask before each start.
 * @throws Error when the file cannot be read or is neither raw nor qcow2.
 */
export async function isFreebsdDisk(path: string): Promise<boolean> {
  const disk = await openDisk(path);
  try {
    return await hasFreebsdPartition(disk);
  } finally {
    await disk.close();
  }
}

/** The same question about a disk that is open already. */
export async function hasFreebsdPartition(disk: BlockSource): Promise<boolean> {
  const table = await readBytes(disk, 0, TABLE_BYTES);
  if (readMbr(table)?.some((entry) => entry.type === MBR_FREEBSD) === true) return true;
  // Checksums are left alone here: a table that is slightly damaged still tells whose disk this is.
  if (table.toString('latin1', SECTOR, SECTOR + 8) !== 'EFI PART') return false;
  const entryBytes = table.readUInt32LE(SECTOR + 84);
  if (entryBytes < 128) return false;
  for (let at = 2 * SECTOR; at + entryBytes <= table.length; at += entryBytes)
    if (freebsdTypes.includes(readGuid(table, at))) return true;
  return false;
}
