import { Buffer } from 'node:buffer';
import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { crc32 } from 'node:zlib';

const SECTOR = 512;
const types = {
  efi: 'c12a7328-f81f-11d2-ba4b-00a0c93ec93b',
  boot: '83bd6b9d-7f41-11dc-be0b-001560b84f0f',
  zfs: '516e7cba-6ecf-11d6-8ff8-00022d09712b',
};

/** The layout that mkimg(1) gives: everything back to back from sector 34, nothing rounded. */
export function writeDisk(file, { poolMib, arch, world }) {
  const parts = [['efi', 10 * 2048], ...(arch === 'amd64' ? [['boot', 1024]] : []), ['zfs', poolMib * 2048]];
  let next = 34;
  const placed = parts.map(([type, sectors]) => {
    const part = { type, first: next, last: next + sectors - 1 };
    next += sectors;
    return part;
  });
  const total = next + 33;
  const out = openSync(file, 'w');
  const write = (sector, bytes) => writeSync(out, bytes, 0, bytes.length, sector * SECTOR);
  ftruncateSync(out, total * SECTOR);
  write(0, protectiveMbr(total));
  const entries = entryArray(placed);
  write(1, header(1, total - 1, 2, total, entries));
  write(2, entries);
  write(total - 33, entries);
  write(total - 1, header(total - 1, 1, total - 33, total, entries));
  for (const part of placed) content(part, world, write);
  closeSync(out);
}

/** The number under which the double keeps what the pool of a disk holds. */
export function worldOf(file, partition) {
  const disk = openSync(file, 'r');
  const entry = Buffer.alloc(128);
  readSync(disk, entry, 0, 128, 2 * SECTOR + (partition - 1) * 128);
  const text = Buffer.alloc(64);
  readSync(disk, text, 0, 64, Number(entry.readBigUInt64LE(32)) * SECTOR + 4 * 1024 * 1024);
  closeSync(disk);
  return entry.subarray(0, 16).equals(guid(types.zfs))
    ? text.toString('latin1').replace(/\0+$/, '')
    : undefined;
}

function content({ type, first }, world, write) {
  if (type === 'zfs') {
    for (const label of [0, 1]) {
      const uberblock = Buffer.alloc(1024);
      uberblock.writeBigUInt64LE(0x00bab10cn);
      write(first + (label * 256 * 1024 + 128 * 1024) / SECTOR, uberblock);
    }
    const id = Buffer.alloc(SECTOR);
    id.write(world, 'latin1');
    write(first + (4 * 1024 * 1024) / SECTOR, id);
    return;
  }
  const sector = Buffer.alloc(SECTOR);
  sector.write(type === 'efi' ? 'FreeBSD FAT16 EFISYS' : 'gptzfsboot', 3, 'latin1');
  sector.writeUInt16LE(0xaa55, 510);
  write(first, sector);
}

function protectiveMbr(total) {
  const mbr = Buffer.alloc(SECTOR);
  mbr[446 + 4] = 0xee;
  mbr.writeUInt32LE(1, 446 + 8);
  mbr.writeUInt32LE(total - 1, 446 + 12);
  mbr.writeUInt16LE(0xaa55, 510);
  return mbr;
}

function entryArray(parts) {
  const entries = Buffer.alloc(128 * 128);
  for (const [index, { type, first, last }] of parts.entries()) {
    const at = index * 128;
    guid(types[type]).copy(entries, at);
    guid(`00000000-0000-4000-8000-00000000000${index + 1}`).copy(entries, at + 16);
    entries.writeBigUInt64LE(BigInt(first), at + 32);
    entries.writeBigUInt64LE(BigInt(last), at + 40);
    if (type === 'efi') entries.write('efiboot0', at + 56, 'utf16le');
  }
  return entries;
}

function header(own, other, array, total, entries) {
  const bytes = Buffer.alloc(SECTOR);
  bytes.write('EFI PART', 'latin1');
  bytes.writeUInt32LE(0x00010000, 8);
  bytes.writeUInt32LE(92, 12);
  for (const [at, value] of [
    [24, own],
    [32, other],
    [40, 34],
    [48, total - 34],
    [72, array],
  ])
    bytes.writeBigUInt64LE(BigInt(value), at);
  guid('00000000-0000-4000-8000-0000000000ff').copy(bytes, 56);
  bytes.writeUInt32LE(128, 80);
  bytes.writeUInt32LE(128, 84);
  bytes.writeUInt32LE(crc32(entries), 88);
  bytes.writeUInt32LE(crc32(bytes.subarray(0, 92)), 16);
  return bytes;
}

function guid(text) {
  const hex = Buffer.from(text.replaceAll('-', ''), 'hex');
  return Buffer.concat([
    hex.subarray(0, 4).reverse(),
    hex.subarray(4, 6).reverse(),
    hex.subarray(6, 8).reverse(),
    hex.subarray(8),
  ]);
}
