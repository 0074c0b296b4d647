import { crc32 } from 'node:zlib';
import { readGuid, writeGuid } from './guid.ts';

/** podbsd's images have 512-byte sectors, as every emulated disk that podman attaches. */
export const SECTOR = 512;

const SIGNATURE = 'EFI PART';
const HEADER_BYTES = 92;
const REVISION_1_0 = 0x0001_0000;

/** One copy of a GUID partition table: what its header says, and its entries as they are on disk. */
export interface GptTable {
  readonly myLba: number;
  readonly alternateLba: number;
  readonly firstUsableLba: number;
  readonly lastUsableLba: number;
  readonly diskGuid: string;
  readonly entriesLba: number;
  readonly entryCount: number;
  readonly entryBytes: number;
  /** CRC-32 of the entries, as the header has it. */
  readonly entriesCrc: number;
}

export interface GptPartition {
  /** From 1, as gpart(8) and sgdisk(8) count. */
  readonly index: number;
  readonly type: string;
  readonly guid: string;
  readonly firstLba: number;
  readonly lastLba: number;
  readonly attributes: bigint;
  readonly label: string;
}

/** Whether a sector begins as a GPT header does, sound or not. */
export function looksLikeHeader(sector: Buffer): boolean {
  return sector.toString('latin1', 0, 8) === SIGNATURE;
}

/** @throws Error that says what is wrong with a header read from sector `lba`. */
export function decodeHeader(sector: Buffer, lba: number): GptTable {
  if (!looksLikeHeader(sector)) throw new Error(`no GPT header in sector ${lba}`);
  const length = sector.readUInt32LE(12);
  if (length < HEADER_BYTES || length > SECTOR)
    throw new Error(`GPT header in sector ${lba} has a wrong size`);
  const plain = Buffer.from(sector.subarray(0, length));
  plain.writeUInt32LE(0, 16);
  if (crc32(plain) !== sector.readUInt32LE(16))
    throw new Error(`GPT header in sector ${lba} has a wrong checksum`);
  const lbaAt = (offset: number): number => Number(sector.readBigUInt64LE(offset));
  if (lbaAt(24) !== lba)
    throw new Error(`GPT header in sector ${lba} says that it is in sector ${lbaAt(24)}`);
  return {
    myLba: lba,
    alternateLba: lbaAt(32),
    firstUsableLba: lbaAt(40),
    lastUsableLba: lbaAt(48),
    diskGuid: readGuid(sector, 56),
    entriesLba: lbaAt(72),
    entryCount: sector.readUInt32LE(80),
    entryBytes: sector.readUInt32LE(84),
    entriesCrc: sector.readUInt32LE(88),
  };
}

/** The header as one sector, with its checksum. */
export function encodeHeader(table: GptTable): Buffer {
  const sector = Buffer.alloc(SECTOR);
  sector.write(SIGNATURE, 'latin1');
  sector.writeUInt32LE(REVISION_1_0, 8);
  sector.writeUInt32LE(HEADER_BYTES, 12);
  sector.writeBigUInt64LE(BigInt(table.myLba), 24);
  sector.writeBigUInt64LE(BigInt(table.alternateLba), 32);
  sector.writeBigUInt64LE(BigInt(table.firstUsableLba), 40);
  sector.writeBigUInt64LE(BigInt(table.lastUsableLba), 48);
  writeGuid(table.diskGuid, sector, 56);
  sector.writeBigUInt64LE(BigInt(table.entriesLba), 72);
  sector.writeUInt32LE(table.entryCount, 80);
  sector.writeUInt32LE(table.entryBytes, 84);
  sector.writeUInt32LE(table.entriesCrc, 88);
  sector.writeUInt32LE(crc32(sector.subarray(0, HEADER_BYTES)), 16);
  return sector;
}

/** Sectors that the entries take. */
export function entrySectors(table: Pick<GptTable, 'entryCount' | 'entryBytes'>): number {
  return Math.ceil((table.entryCount * table.entryBytes) / SECTOR);
}

/** The used entries. */
export function decodeEntries(entries: Buffer, entryBytes: number): GptPartition[] {
  const partitions: GptPartition[] = [];
  for (let at = 0; at + entryBytes <= entries.length; at += entryBytes) {
    if (entries.subarray(at, at + 16).every((byte) => byte === 0)) continue;
    partitions.push({
      index: at / entryBytes + 1,
      type: readGuid(entries, at),
      guid: readGuid(entries, at + 16),
      firstLba: Number(entries.readBigUInt64LE(at + 32)),
      lastLba: Number(entries.readBigUInt64LE(at + 40)),
      attributes: entries.readBigUInt64LE(at + 48),
      label: entries.toString('utf16le', at + 56, at + 128).replace(/\0.*$/s, ''),
    });
  }
  return partitions;
}
