import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { dirname } from 'node:path';
import { randomBytes } from 'node:crypto';
import { execa, type Options } from 'execa';
import { errnoOf, messageOf } from '../ground/errors.ts';
import { CommandError } from './command-error.ts';
import { LineSplitter } from './line-splitter.ts';
import { openLogFile } from './log-file.ts';
import { Output } from './output.ts';
import { PipedProgram, type PipeOptions } from './piped-program.ts';
import type { Argv, FileInfo, Host, RunOptions, RunResult, TransferOptions, WriteOptions } from './host.ts';

/** The machine that podbsd itself runs on. */
export class LocalHost implements Host {
  readonly name = 'this host';
  readonly dryRun = false;

  async run(argv: Argv, options: RunOptions = {}): Promise<RunResult> {
    const [program, ...args] = argv;
    const log = options.logFile === undefined ? undefined : await openLogFile(options.logFile);
    const execaOptions = {
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
      ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
      // A session of its own: ctrl-C in the terminal must reach podbsd only, which forwards one signal.
      detached: true,
      // No SIGKILL after the SIGTERM: poudriere may need minutes to clean up.
      forceKillAfterDelay: false,
      reject: false,
      // execa would end a program that prints more than it may keep, and a world prints hundreds of megabytes.
      buffer: false,
    } satisfies Options;

    const child = execa(program, args, execaOptions);
    const printed = { stdout: new Output(), stderr: new Output() };
    const splitters = (['stdout', 'stderr'] as const).map((stream) => {
      const splitter = new LineSplitter((line) => options.onLine?.(line, stream));
      child[stream].on('data', (chunk: Buffer) => {
        printed[stream].push(chunk);
        splitter.push(chunk);
        log?.write(chunk);
      });
      return splitter;
    });
    const result = await child;
    for (const splitter of splitters) splitter.end();
    await log?.close();

    const { exitCode } = result;
    const [stdout, stderr] = [printed.stdout.text(), printed.stderr.text()];
    if (exitCode !== undefined && (options.okCodes ?? [0]).includes(exitCode))
      return { exitCode, stdout, stderr };
    throw new CommandError(
      {
        argv,
        hostName: this.name,
        exitCode,
        signal: result.signal,
        reason: reasonOf(result),
        stdout,
        stderr,
      },
      result,
    );
  }

  /** Starts a program whose input and output are streams, e.g. a compressor. Only this machine can do that. */
  pipe(argv: Argv, options: PipeOptions): PipedProgram {
    return new PipedProgram(argv, this.name, options);
  }

  async readText(path: string): Promise<string | undefined> {
    return await orUndefined(fs.readFile(path, 'utf8'));
  }

  async writeFile(path: string, content: string | Uint8Array, options: WriteOptions = {}): Promise<void> {
    await fs.mkdir(dirname(path), { recursive: true });
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      const file = await fs.open(temporary, 'wx', options.mode ?? 0o644);
      try {
        await file.writeFile(content);
        await file.chmod(options.mode ?? 0o644);
        await file.sync();
      } finally {
        await file.close();
      }
      await fs.rename(temporary, path);
    } catch (error) {
      await fs.rm(temporary, { force: true });
      throw error;
    }
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

function reasonOf(result: {
  timedOut: boolean;
  isCanceled: boolean;
  code?: string | undefined;
  cause?: unknown;
}): string | undefined {
  if (result.timedOut) return 'did not end in time and was stopped';
  if (result.isCanceled) return 'stopped on request';
  if (result.code === 'ENOENT') return 'no such program';
  return result.code === undefined ? undefined : `could not be started: ${messageOf(result.cause)}`;
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
