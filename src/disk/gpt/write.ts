import { crc32 } from 'node:zlib';
import { readBytes, type BlockSource } from '../block-source.ts';
import { resizeProtectiveMbr } from '../mbr.ts';
import type { Patch } from '../patched-source.ts';
import type { Gpt } from './read.ts';
import { SECTOR, encodeHeader, entrySectors, type GptTable } from './table.ts';

/**
 * The changes that fit the table of `disk` to a disk grown to `newSize`: the backup copy at the very end, both headers
 * pointing at each other, the protective MBR covering everything. The same as `sgdisk -e` or `gpart recover`.
 * @returns undefined when neither copy of the table is intact.
 * @throws Error when a partition lies where the backup copy has to go.
 */
export async function moveBackupGpt(
  disk: BlockSource,
  gpt: Gpt,
  newSize: number,
): Promise<Patch[] | undefined> {
  const whole = gpt.primary.ok ? gpt.primary : gpt.backup;
  if (!whole.ok) return undefined;
  // The backup's header says where its own entries are; the primary's are in sector 2 unless it says otherwise.
  const entriesLba = gpt.primary.ok ? gpt.primary.table.entriesLba : 2;
  const copies = bothCopies({ ...whole.table, entriesLba }, whole.entries, newSize);
  const lastUsableLba = newSize / SECTOR - entrySectors(whole.table) - 2;
  const beyond = gpt.partitions.find((partition) => partition.lastLba > lastUsableLba);
  if (beyond !== undefined)
    throw new Error(`partition ${beyond.index} ends in sector ${beyond.lastLba}, after ${lastUsableLba}`);
  const mbr = resizeProtectiveMbr(await readBytes(disk, 0, SECTOR), newSize / SECTOR);
  return [...blankOldBackup(gpt), { offset: 0, bytes: mbr }, ...copies];
}

function bothCopies(
  common: Omit<GptTable, 'myLba' | 'alternateLba' | 'lastUsableLba' | 'entriesCrc'>,
  entries: Buffer,
  size: number,
): Patch[] {
  const lastLba = size / SECTOR - 1;
  const backupEntriesLba = lastLba - entrySectors(common);
  const table = { ...common, lastUsableLba: backupEntriesLba - 1, entriesCrc: crc32(entries) };
  const primary: GptTable = { ...table, myLba: 1, alternateLba: lastLba };
  const backup: GptTable = { ...table, myLba: lastLba, alternateLba: 1, entriesLba: backupEntriesLba };
  return [
    { offset: SECTOR, bytes: encodeHeader(primary) },
    { offset: primary.entriesLba * SECTOR, bytes: entries },
    { offset: backup.entriesLba * SECTOR, bytes: entries },
    { offset: backup.myLba * SECTOR, bytes: encodeHeader(backup) },
  ];
}

/** A stale backup header would lie in what is now free space, where recovery tools might find it. */
function blankOldBackup(gpt: Gpt): Patch[] {
  if (!gpt.backup.ok) return [];
  const { table, entries } = gpt.backup;
  const endOfData = Math.max(...gpt.partitions.map((partition) => partition.lastLba), 0);
  return [
    { offset: table.myLba * SECTOR, bytes: Buffer.alloc(SECTOR), lba: table.myLba },
    { offset: table.entriesLba * SECTOR, bytes: Buffer.alloc(entries.length), lba: table.entriesLba },
  ].filter((patch) => patch.lba > endOfData);
}
