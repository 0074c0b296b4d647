import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { ContentHash } from '../../src/disk/content-hash.ts';

const BLOCK = 64 * 1024;

function hashOf(bytes: Buffer, piece = bytes.length): string {
  const hash = new ContentHash();
  for (let at = 0; at < bytes.length; at += piece) hash.add(bytes.subarray(at, at + piece));
  return hash.digest();
}

describe('the hash of what a disk holds', () => {
  const disk = Buffer.alloc(10 * BLOCK + 512);
  randomBytes(BLOCK).copy(disk, 2 * BLOCK + 100);
  disk[disk.length - 1] = 1;

  it('does not depend on the pieces in which the bytes come', () => {
    for (const piece of [512, 1000, BLOCK - 1, BLOCK, BLOCK + 1, 3 * BLOCK])
      expect(hashOf(disk, piece)).toBe(hashOf(disk));
  });

  it('differs for one other bit, for the same bytes in another place, and for another size', () => {
    const seen = new Set([hashOf(disk)]);
    for (const at of [0, 2 * BLOCK + 100, 5 * BLOCK, disk.length - 1]) {
      const other = Buffer.from(disk);
      other[at] = (other[at] ?? 0) ^ 0x80;
      seen.add(hashOf(other));
    }
    const moved = Buffer.alloc(disk.length);
    disk.copy(moved, BLOCK, 0, disk.length - BLOCK);
    for (const other of [
      moved,
      disk.subarray(0, disk.length - 512),
      Buffer.concat([disk, Buffer.alloc(512)]),
    ])
      seen.add(hashOf(other));
    expect(seen.size).toBe(8);
  });

  it('of nothing but zeros still tells sizes apart', () => {
    expect(hashOf(Buffer.alloc(BLOCK))).not.toBe(hashOf(Buffer.alloc(2 * BLOCK)));
  });
});
