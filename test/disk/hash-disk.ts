import { createHash } from 'node:crypto';
import type { BlockSource } from '../../src/disk/block-source.ts';
import { readInOrder } from '../../src/disk/hash.ts';

/** SHA-256 of all that a guest would read from a disk, lower-case hexadecimal. */
export async function hashDisk(disk: BlockSource): Promise<string> {
  const hash = createHash('sha256');
  await readInOrder(disk, 1024 * 1024, {}, (chunk) => {
    hash.update(chunk);
    return undefined;
  });
  return hash.digest('hex');
}
