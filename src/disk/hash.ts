import { createHash } from 'node:crypto';
import { openRegular } from '../ground/regular-file.ts';
import type { BlockSource } from './block-source.ts';
import { settleAll } from './settle.ts';

/** Bytes read at once. */
const CHUNK = 1024 * 1024;
/** Bytes read at once of a file that is smaller, and may grow. */
const SMALLEST = 4096;

export interface HashOptions {
  /** Called with the number of bytes just hashed. */
  readonly onBytes?: ((count: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * SHA-256 of a file. While one chunk is worked on the next is being read, into the other of two buffers.
 * @param also gets each chunk too and may delay the next one, e.g. until a decompressor has taken it; it must not keep
 * the chunk after it has settled.
 */
export async function hashFile(
  path: string,
  options: HashOptions = {},
  also?: (chunk: Buffer) => Promise<void>,
): Promise<{ sha256: string; size: number }> {
  const file = await openRegular(path);
  const hash = createHash('sha256');
  let size = 0;
  const take = async (chunk: Buffer): Promise<void> => {
    hash.update(chunk);
    size += chunk.length;
    options.onBytes?.(chunk.length);
    await also?.(chunk);
  };
  try {
    const length = Math.min(CHUNK, Math.max((await file.stat()).size, SMALLEST));
    let [buffer, other] = [Buffer.allocUnsafe(length), Buffer.allocUnsafe(length)];
    let { bytesRead } = await file.read(buffer, 0, length);
    while (bytesRead > 0) {
      options.signal?.throwIfAborted();
      const [next] = await settleAll([file.read(other, 0, length), take(buffer.subarray(0, bytesRead))]);
      ({ bytesRead } = next);
      [buffer, other] = [other, buffer];
    }
  } finally {
    await file.close();
  }
  return { sha256: hash.digest('hex'), size };
}

/**
 * Reads a disk once, from start to end. While `take` works on one chunk the next is being read, into the other of two
 * buffers; a chunk must not be kept after `take` has settled.
 */
export async function readInOrder(
  disk: BlockSource,
  chunkBytes: number,
  options: HashOptions,
  take: (chunk: Buffer, offset: number) => Promise<unknown> | undefined,
): Promise<void> {
  const buffers = [Buffer.allocUnsafe(chunkBytes), Buffer.allocUnsafe(chunkBytes)] as const;
  const read = async (turn: number, offset: number): Promise<Buffer> => {
    const chunk = buffers[turn === 0 ? 0 : 1].subarray(0, Math.min(chunkBytes, disk.size - offset));
    await disk.read(chunk, offset);
    return chunk;
  };
  if (disk.size === 0) return;
  let current = await read(0, 0);
  for (let offset = 0, turn = 1; ; turn = 1 - turn) {
    options.signal?.throwIfAborted();
    const following = offset + current.length;
    const [next] = await settleAll<[Buffer | undefined, unknown]>([
      following < disk.size ? read(turn, following) : Promise.resolve(undefined),
      take(current, offset) ?? Promise.resolve(),
    ]);
    options.onBytes?.(current.length);
    if (next === undefined) return;
    current = next;
    offset = following;
  }
}
