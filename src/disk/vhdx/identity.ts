import { open, type FileHandle } from 'node:fs/promises';
import { contentUuid } from '../content-uuid.ts';
import { readGuid, writeGuid } from '../gpt/guid.ts';
import { crc32c } from './crc32c.ts';

/** Where things are in a VHDX file, and what they are called there (MS-VHDX 2.2 and 2.6). */
const HEADERS = [64 * 1024, 128 * 1024] as const;
const HEADER_BYTES = 4096;
const REGION_TABLE = 192 * 1024;
const METADATA_REGION = '8b7ca206-4790-4b9a-b8fe-575f050f886e';
const VIRTUAL_DISK_ID = 'beca12ab-b2e6-4523-93ef-c309e000c746';
const NO_GUID = '00000000-0000-0000-0000-000000000000';

/**
 * Replaces what qemu-img draws at random in each VHDX file (sequence numbers, three identities, what is left of a log
 * that is no longer used) by what follows from `content`, so that the same disk gives the same file.
 * @throws Error when the file is not as qemu-img leaves it.
 */
export async function fixVhdxIdentity(path: string, content: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await fixHeaders(file, content);
    await fixDiskId(file, content);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function fixHeaders(file: FileHandle, content: string): Promise<void> {
  const headers = await Promise.all(HEADERS.map((offset) => read(file, offset, HEADER_BYTES)));
  const sequence = headers.map((header) => header.readBigUInt64LE(8));
  const first = sequence.reduce((lowest, number) => (number < lowest ? number : lowest));
  for (const [index, header] of headers.entries()) {
    if (header.toString('latin1', 0, 4) !== 'head' || readGuid(header, 48) !== NO_GUID)
      throw new Error('the VHDX file was not closed properly');
    // The header with the higher number is the one that counts.
    header.writeBigUInt64LE((sequence[index] ?? first) - first + 1n, 8);
    writeGuid(contentUuid(`vhdx file ${content}`), header, 16);
    writeGuid(contentUuid(`vhdx data ${content}`), header, 32);
    header.writeUInt32LE(0, 4);
    header.writeUInt32LE(crc32c(header), 4);
    const log = Buffer.alloc(header.readUInt32LE(68));
    await file.write(log, 0, log.length, Number(header.readBigUInt64LE(72)));
    await file.write(header, 0, HEADER_BYTES, HEADERS[index] ?? 0);
  }
}

async function fixDiskId(file: FileHandle, content: string): Promise<void> {
  const regions = await read(file, REGION_TABLE, 64 * 1024);
  const region = entryOf(regions, { first: 16, count: regions.readUInt32LE(8), guid: METADATA_REGION });
  const start = Number(regions.readBigUInt64LE(region + 16));
  const table = await read(file, start, 64 * 1024);
  const item = entryOf(table, { first: 32, count: table.readUInt16LE(10), guid: VIRTUAL_DISK_ID });
  const guid = Buffer.alloc(16);
  writeGuid(contentUuid(`vhdx disk ${content}`), guid, 0);
  await file.write(guid, 0, guid.length, start + table.readUInt32LE(item + 16));
}

/** Both tables have entries of 32 bytes that begin with a GUID. */
function entryOf(table: Buffer, wanted: { first: number; count: number; guid: string }): number {
  for (let index = 0; index < wanted.count; index++) {
    const at = wanted.first + index * 32;
    if (at + 32 <= table.length && readGuid(table, at) === wanted.guid) return at;
  }
  throw new Error(`the VHDX file has no entry ${wanted.guid}`);
}

async function read(file: FileHandle, offset: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, offset);
  if (bytesRead !== length) throw new Error(`the VHDX file ends before byte ${offset + length}`);
  return buffer;
}
