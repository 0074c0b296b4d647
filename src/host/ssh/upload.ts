import * as fs from 'node:fs/promises';
import { join, posix } from 'node:path';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { TransferOptions } from '../host.ts';
import type { Sftp } from './sftp.ts';

/** Bytes per write request; OpenSSH takes up to 256 KiB, and every server at least 32 KiB. */
const CHUNK = 32 * 1024;
/** Concurrent requests, so that latency does not limit the speed. */
const IN_FLIGHT = 32;

interface Item {
  readonly from: string;
  readonly to: string;
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
}

/**
 * Copies a file or a tree to the server, with modes, times of files and symbolic links. Each file is replaced
 * atomically; what lies in a target directory already and is not in the source stays.
 */
export async function uploadTree(
  sftp: Sftp,
  from: string,
  to: string,
  options: TransferOptions = {},
): Promise<void> {
  const items = await collect(from, to);
  const total = items.reduce((sum, item) => sum + item.size, 0);
  let before = 0;
  await sftp.mkdir(posix.dirname(to));
  for (const item of items) {
    options.signal?.throwIfAborted();
    if (item.kind === 'directory') await sftp.mkdir(item.to, item.mode);
    else if (item.kind === 'symlink') await sftp.symlink(await fs.readlink(item.from), item.to);
    else await uploadFile(sftp, item, options.signal, (done) => options.onProgress?.(before + done, total));
    before += item.size;
  }
  options.onProgress?.(total, total);
}

async function uploadFile(
  sftp: Sftp,
  item: Item,
  signal: AbortSignal | undefined,
  onProgress: (done: number) => void,
): Promise<void> {
  const source = await fs.open(item.from);
  try {
    await sftp.replace(item.to, item.mode, async (handle) => {
      let read = 0;
      let done = 0;
      const worker = async (): Promise<void> => {
        for (;;) {
          signal?.throwIfAborted();
          const position = read;
          read += CHUNK;
          if (position >= item.size) return;
          const buffer = Buffer.alloc(Math.min(CHUNK, item.size - position));
          const { bytesRead } = await source.read(buffer, 0, buffer.length, position);
          if (bytesRead < buffer.length) throw changed(item.from);
          await sftp.write(handle, buffer, position);
          done += bytesRead;
          onProgress(done);
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
      await sftp.order((callback) => sftp.raw.futimes(handle, item.mtime, item.mtime, callback));
    });
  } finally {
    await source.close();
  }
}

async function collect(from: string, to: string): Promise<Item[]> {
  const stats = await fs.lstat(from);
  const common = { from, to, mode: stats.mode & 0o7777, size: 0, mtime: Math.floor(stats.mtimeMs / 1000) };
  if (stats.isSymbolicLink()) return [{ ...common, kind: 'symlink' }];
  if (stats.isFile()) return [{ ...common, kind: 'file', size: stats.size }];
  if (!stats.isDirectory()) {
    throw new PodbsdError({
      doing: `copying ${from}`,
      problem: 'it is neither a file, a directory nor a symbolic link',
      exitCode: ExitCode.data,
    });
  }
  const names = (await fs.readdir(from)).sort();
  const inside = await Promise.all(names.map((name) => collect(join(from, name), posix.join(to, name))));
  return [{ ...common, kind: 'directory' }, ...inside.flat()];
}

function changed(path: string): PodbsdError {
  return new PodbsdError({
    doing: `copying ${path}`,
    problem: 'the file became shorter while it was read',
    remedy: 'run the same command again when nothing writes to it',
    exitCode: ExitCode.data,
  });
}
