import { createHash, type Hash } from 'node:crypto';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from '../../ground/errors.ts';
import type { FileInfo, TransferOptions } from '../host.ts';
import type { Sftp } from './sftp.ts';

/** Bytes per read request; every server answers at least 32 KiB at once. */
const CHUNK = 32 * 1024;
const IN_FLIGHT = 64;
const zeros = Buffer.alloc(CHUNK);

/** Where an unfinished download is kept, and of which remote file it is. */
export interface Partial {
  readonly path: string;
  readonly identityPath: string;
}

export function partialOf(localPath: string): Partial {
  return { path: `${localPath}.part`, identityPath: `${localPath}.part.json` };
}

/**
 * Fetches the rest of a remote file into the partial file and returns the SHA-256 of the whole, as hexadecimal.
 *
 * Blocks of zeros become holes. Everything before the partial file's length has been received: blocks are written in
 * order, and the file is extended over a trailing hole when the transfer stops. So a later call resumes from that
 * length, if the remote file still has the size and time noted beside it.
 */
export async function fetchRest(
  sftp: Sftp,
  remote: { readonly path: string; readonly info: FileInfo },
  partial: Partial,
  options: TransferOptions = {},
): Promise<string> {
  const identity = JSON.stringify({ size: remote.info.size, mtime: remote.info.mtime });
  await fs.mkdir(dirname(partial.path), { recursive: true });
  if ((await readIfThere(partial.identityPath)) !== identity) {
    await fs.rm(partial.path, { force: true });
    await fs.writeFile(partial.identityPath, identity);
  }
  const file = await openPartial(partial.path);
  const hash = createHash('sha256');
  let done = 0;
  try {
    done = await hashWhatIsThere(file, hash);
    const handle = await sftp.ask<Buffer>((callback) => sftp.raw.open(remote.path, 'r', callback));
    try {
      for await (const block of blocksInOrder(sftp, handle, done, remote.info.size)) {
        options.signal?.throwIfAborted();
        hash.update(block);
        if (!block.equals(zeros.subarray(0, block.length))) await file.write(block, 0, block.length, done);
        done += block.length;
        options.onProgress?.(done, remote.info.size);
      }
    } finally {
      await sftp.order((callback) => sftp.raw.close(handle, callback)).catch(() => undefined);
    }
    return hash.digest('hex');
  } finally {
    await file.truncate(done);
    await file.sync();
    await file.close();
  }
}

/** Reads ahead with many requests at a time and yields what arrives in the order of the file. */
async function* blocksInOrder(
  sftp: Sftp,
  handle: Buffer,
  from: number,
  to: number,
): AsyncGenerator<Buffer, void, void> {
  const queue: Promise<Buffer>[] = [];
  let next = from;
  for (;;) {
    while (queue.length < IN_FLIGHT && next < to) {
      const block = readFully(sftp, handle, next, Math.min(CHUNK, to - next));
      // A failed request is reported when its turn comes; until then it must not count as unhandled.
      block.catch(() => undefined);
      queue.push(block);
      next += CHUNK;
    }
    const block = queue.shift();
    if (block === undefined) return;
    yield await block;
  }
}

async function readFully(sftp: Sftp, handle: Buffer, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  for (let done = 0; done < length;) {
    const count = await sftp.ask<number>((callback) =>
      sftp.raw.read(handle, buffer, done, length - done, position + done, (error, bytesRead) => {
        callback(error, bytesRead);
      }),
    );
    if (count === 0) throw new Error('the file became shorter while it was read');
    done += count;
  }
  return buffer;
}

async function hashWhatIsThere(file: fs.FileHandle, hash: Hash): Promise<number> {
  const buffer = Buffer.alloc(1024 * 1024);
  for (let done = 0; ;) {
    const { bytesRead } = await file.read(buffer, 0, buffer.length, done);
    if (bytesRead === 0) return done;
    hash.update(buffer.subarray(0, bytesRead));
    done += bytesRead;
  }
}

async function openPartial(path: string): Promise<fs.FileHandle> {
  try {
    return await fs.open(path, 'r+');
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error;
    return await fs.open(path, 'wx+', 0o600);
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  return await fs.readFile(path, 'utf8').catch(() => undefined);
}
