import { readGuid } from './gpt/guid.ts';
import { looksLikeHeader } from './gpt/table.ts';
import { MBR_GPT_PROTECTIVE, readMbr } from './mbr.ts';

/** The partition table at the start of a disk: its kind, and the types of its partitions. */
export type PartitionTable =
  | {
      readonly kind: 'gpt';
      /** Bytes of the sectors in which the table counts. Hypervisors show a guest 512. */
      readonly sector: 512 | 4096;
      readonly types: readonly string[];
    }
  | { readonly kind: 'mbr'; readonly types: readonly number[] };

/** Bytes from the start of a disk that hold a table: with large sectors, its entries end at 24 KiB. */
export const TABLE_BYTES = 6 * 4096;

const ENTRY_COUNT = 128;
const LEAST_ENTRY_BYTES = 128;

/**
 * Looks for a table in the first bytes of a disk. Checksums are not checked here: a slightly damaged table still tells
 * which system the disk belongs to. Undefined when there is none.
 */
export function partitionTable(head: Buffer): PartitionTable | undefined {
  const entries = readMbr(head) ?? [];
  // Boot code of a file system, which ends with the same two bytes, has something else where the entries would be.
  const sound = entries.length > 0 && entries.every(({ status }) => (status & 0x7f) === 0);
  const mbr = sound ? { kind: 'mbr' as const, types: entries.map(({ type }) => type) } : undefined;
  // Remains of a GPT on a disk that was later partitioned with MBR are not its table.
  if (mbr?.types.includes(MBR_GPT_PROTECTIVE) === false) return mbr;
  for (const sector of [512, 4096] as const)
    if (head.length >= sector + 92 && looksLikeHeader(head.subarray(sector)))
      return { kind: 'gpt', sector, types: gptTypes(head, sector) };
  return mbr;
}

function gptTypes(head: Buffer, sector: number): string[] {
  const entryBytes = head.readUInt32LE(sector + 84);
  if (entryBytes < LEAST_ENTRY_BYTES) return [];
  const start = 2 * sector;
  const types: string[] = [];
  for (let index = 0; index < ENTRY_COUNT; index++) {
    const at = start + index * entryBytes;
    if (at + 16 > head.length) break;
    if (head.subarray(at, at + 16).some((byte) => byte !== 0)) types.push(readGuid(head, at));
  }
  return types;
}
