import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { errnoOf } from '../ground/errors.ts';
import { readText } from '../ground/read-text.ts';
import { replaceFile } from '../ground/replace-file.ts';
import { PipedProgram, type PipeOptions } from './piped-program.ts';
import { HERE, runProgram } from './run-program.ts';
import type { Argv, FileInfo, Host, RunOptions, RunResult, TransferOptions, WriteOptions } from './host.ts';

/** The machine that podbsd itself runs on. */
export class LocalHost implements Host {
  readonly name = HERE;
  readonly dryRun = false;
  readonly answers = true;

  async run(argv: Argv, options: RunOptions = {}): Promise<RunResult> {
    return await runProgram(argv, options);
  }

  /** Starts a program whose input and output are streams, e.g. a compressor. Only this machine can do that. */
  pipe(argv: Argv, options: PipeOptions): PipedProgram {
    return new PipedProgram(argv, options);
  }

  async readText(path: string): Promise<string | undefined> {
    return await readText(path);
  }

  async writeFile(path: string, content: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    await replaceFile(path, content, options.mode);
  }

  async stat(path: string): Promise<FileInfo | undefined> {
    const found = await orUndefined(fs.lstat(path));
    if (found === undefined) return undefined;
    const { size, uid, gid } = found;
    return {
      type: typeOf(found),
      size,
      mode: found.mode & 0o7777,
      uid,
      gid,
      mtime: Math.floor(found.mtimeMs / 1000),
    };
  }

  async list(path: string): Promise<string[] | undefined> {
    const names = await orUndefined(fs.readdir(path));
    return names?.sort();
  }

  async mkdir(path: string, options: WriteOptions = {}): Promise<void> {
    await fs.mkdir(path, { recursive: true, mode: options.mode ?? 0o755 });
  }

  async remove(path: string): Promise<void> {
    await fs.rm(path, { recursive: true, force: true });
  }

  async rename(from: string, to: string): Promise<void> {
    await fs.rename(from, to);
  }

  async upload(localPath: string, path: string, options: TransferOptions = {}): Promise<void> {
    await copy(localPath, path, options);
  }

  async download(path: string, localPath: string, options: TransferOptions = {}): Promise<void> {
    await copy(path, localPath, options);
  }

  async perform<T>(_description: string, work: () => Promise<T>): Promise<T> {
    return await work();
  }

  async close(): Promise<void> {}
}

/** Copies in the same file system by reference where it can, so that holes and space are kept. */
async function copy(from: string, to: string, options: TransferOptions): Promise<void> {
  await fs.mkdir(dirname(to), { recursive: true });
  await fs.cp(from, to, {
    recursive: true,
    mode: constants.COPYFILE_FICLONE,
    preserveTimestamps: true,
    verbatimSymlinks: true,
  });
  const { size } = await fs.stat(to);
  options.onProgress?.(size, size);
}

function typeOf(stats: {
  isFile(): boolean;
  isDirectory(): boolean;
  isSymbolicLink(): boolean;
}): FileInfo['type'] {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'directory';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

async function orUndefined<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
