import { crc32 } from 'node:zlib';
import { messageOf } from '../../ground/errors.ts';
import { readBytes, type BlockSource } from '../block-source.ts';
import { SECTOR, decodeEntries, decodeHeader, type GptPartition, type GptTable } from './table.ts';

/** Entries beyond this size (8192 of 128 bytes) mean a damaged header. */
const MAX_ENTRIES_BYTES = 1024 * 1024;

/** One of the two copies, or what is wrong with it. */
export type GptCopy =
  | { readonly ok: true; readonly table: GptTable; readonly entries: Buffer }
  | { readonly ok: false; readonly problem: string };

export interface Gpt {
  readonly primary: GptCopy;
  readonly backup: GptCopy;
  /** From the intact copy, the primary first. Empty when neither is intact. */
  readonly partitions: readonly GptPartition[];
}

/**
 * Reads both copies of the partition table. Never fails on what the disk holds: for a damaged copy the result says what
 * is wrong.
 */
export async function readGpt(disk: BlockSource): Promise<Gpt> {
  const lastLba = Math.floor(disk.size / SECTOR) - 1;
  const primary = await readCopy(disk, 1);
  const backup = await readCopy(disk, primary.ok ? primary.table.alternateLba : lastLba);
  const whole = primary.ok ? primary : backup;
  return {
    primary,
    backup,
    partitions: whole.ok ? decodeEntries(whole.entries, whole.table.entryBytes) : [],
  };
}

async function readCopy(disk: BlockSource, lba: number): Promise<GptCopy> {
  try {
    if (lba < 1 || (lba + 1) * SECTOR > disk.size)
      throw new Error(`sector ${lba} for a GPT header is outside of the disk`);
    const table = decodeHeader(await readBytes(disk, lba * SECTOR, SECTOR), lba);
    const bytes = table.entryCount * table.entryBytes;
    if (table.entryBytes < 128 || bytes > MAX_ENTRIES_BYTES)
      throw new Error(
        `GPT header in sector ${lba} has ${table.entryCount} entries of ${table.entryBytes} bytes`,
      );
    const entries = await readBytes(disk, table.entriesLba * SECTOR, bytes);
    if (crc32(entries) !== table.entriesCrc)
      throw new Error(`GPT entries in sector ${table.entriesLba} have a wrong checksum`);
    return { ok: true, table, entries };
  } catch (error) {
    return { ok: false, problem: messageOf(error) };
  }
}
