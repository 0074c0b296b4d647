import { randomBytes } from 'node:crypto';
import { posix } from 'node:path';
import type { Callback, SFTPWrapper, Stats } from 'ssh2';
import { PodbsdError, ExitCode } from '../../ground/errors.ts';
import type { FileInfo } from '../host.ts';

/** Numbers of SFTP's status replies (draft-ietf-secsh-filexfer-02, section 7). */
const NO_SUCH_FILE = 2;

/** Bytes that are read of a growing file at a time. */
const PART = 128 * 1024;

/** Calls of ssh2's that only succeed or fail, and those that answer with a value. */
type Order = (done: Callback) => void;
type Question<T> = (done: (error: Error | undefined, value: T) => void) => void;

/** The files of a server, through one SFTP session. */
export class Sftp {
  readonly raw: SFTPWrapper;
  readonly #hostName: string;
  /** What still waits for an answer. ssh2 leaves such calls alone for ever when the connection breaks. */
  readonly #waiting = new Set<(error: Error) => void>();
  #lost: Error | undefined;

  /** @param hostName names the server in messages. */
  constructor(raw: SFTPWrapper, hostName: string) {
    this.raw = raw;
    this.#hostName = hostName;
  }

  /** Fails every call that waits, and all later ones: the session is gone. */
  abandon(reason: Error): void {
    this.#lost ??= reason;
    for (const reject of [...this.#waiting]) reject(reason);
  }

  async order(call: Order): Promise<void> {
    await this.ask<undefined>((done) => call((error) => done(error ?? undefined, undefined)));
  }

  async ask<T>(call: Question<T>): Promise<T> {
    if (this.#lost !== undefined) throw this.#lost;
    return await new Promise<T>((resolve, reject) => {
      this.#waiting.add(reject);
      call((error, value) => {
        this.#waiting.delete(reject);
        if (error instanceof Error) reject(error);
        else resolve(value);
      });
    });
  }

  async readText(path: string): Promise<string | undefined> {
    const content = await this.#orUndefined(
      path,
      this.ask<Buffer>((done) => this.raw.readFile(path, done)),
    );
    return content?.toString('utf8');
  }

  /** At most PART bytes from a position on; empty at the end of the file and when there is none. */
  async readFrom(path: string, position: number): Promise<Buffer> {
    const handle = await this.#orUndefined(
      path,
      this.ask<Buffer>((done) => this.raw.open(path, 'r', done)),
    );
    if (handle === undefined) return Buffer.alloc(0);
    try {
      const buffer = Buffer.alloc(PART);
      const count = await this.ask<number>((done) =>
        this.raw.read(handle, buffer, 0, PART, position, (error, bytesRead) => done(error, bytesRead)),
      );
      return buffer.subarray(0, count);
    } finally {
      await this.order((done) => this.raw.close(handle, done)).catch(() => undefined);
    }
  }

  async lstat(path: string): Promise<FileInfo | undefined> {
    const stats = await this.#orUndefined(
      path,
      this.ask<Stats>((done) => this.raw.lstat(path, done)),
    );
    return stats === undefined ? undefined : infoOf(stats);
  }

  async list(path: string): Promise<string[] | undefined> {
    const entries = await this.#orUndefined(
      path,
      this.ask<{ filename: string }[]>((done) => this.raw.readdir(path, done)),
    );
    return entries?.map(({ filename }) => filename).sort();
  }

  async mkdir(path: string, mode = 0o755): Promise<void> {
    const info = await this.#followed(path);
    if (info?.isDirectory() === true) return;
    if (posix.dirname(path) !== path) await this.mkdir(posix.dirname(path));
    try {
      await this.order((done) => this.raw.mkdir(path, { mode }, done));
    } catch (error) {
      // Somebody else was faster; SFTP has no status of its own for that.
      if ((await this.#followed(path))?.isDirectory() !== true) throw fileError(this.#hostName, path, error);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    try {
      // SFTP's own rename refuses to replace a file; OpenSSH's extension is rename(2).
      await this.order((done) => this.raw.ext_openssh_rename(from, to, done));
    } catch (error) {
      throw fileError(this.#hostName, to, error);
    }
  }

  async symlink(target: string, path: string): Promise<void> {
    await this.order((done) => this.raw.unlink(path, done)).catch(() => undefined);
    try {
      await this.order((done) => this.raw.symlink(target, path, done));
    } catch (error) {
      throw fileError(this.#hostName, path, error);
    }
  }

  /**
   * Replaces a file atomically: `fill` writes a new file beside it, which is flushed (where the server can) and
   * renamed. When `fill` fails the new file is removed and the old one stays.
   */
  async replace(path: string, mode: number, fill: (handle: Buffer) => Promise<void>): Promise<void> {
    await this.mkdir(posix.dirname(path));
    const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
    try {
      const handle = await this.ask<Buffer>((done) => this.raw.open(temporary, 'wx', { mode: 0o600 }, done));
      try {
        await fill(handle);
        await this.order((done) => this.raw.fchmod(handle, mode, done));
        await this.#flush(handle);
      } finally {
        await this.order((done) => this.raw.close(handle, done));
      }
      await this.order((done) => this.raw.ext_openssh_rename(temporary, path, done));
    } catch (error) {
      await this.order((done) => this.raw.unlink(temporary, done)).catch(() => undefined);
      throw fileError(this.#hostName, path, error);
    }
  }

  async write(handle: Buffer, content: Buffer, position: number): Promise<void> {
    if (content.length === 0) return;
    await this.order((done) => this.raw.write(handle, content, 0, content.length, position, done));
  }

  async #flush(handle: Buffer): Promise<void> {
    try {
      await this.order((done) => this.raw.ext_openssh_fsync(handle, done));
    } catch (error) {
      if (!/not supported/i.test(String(error))) throw error;
    }
  }

  async #followed(path: string): Promise<Stats | undefined> {
    return await this.#orUndefined(
      path,
      this.ask<Stats>((done) => this.raw.stat(path, done)),
    );
  }

  async #orUndefined<T>(path: string, promise: Promise<T>): Promise<T | undefined> {
    try {
      return await promise;
    } catch (error) {
      if ((error as { code?: unknown }).code === NO_SUCH_FILE) return undefined;
      throw fileError(this.#hostName, path, error);
    }
  }
}

function infoOf(stats: Stats): FileInfo {
  const { size, uid, gid, mtime } = stats;
  const type = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'symlink'
        : 'other';
  return { type, size, mode: stats.mode & 0o7777, uid, gid, mtime };
}

/**
 * SFTP version 3 says only "Failure" for a full disk, a busy file and much else; the place is what helps.
 * Errors that are no status of the server (a wish to stop, a local file) pass as they are.
 */
function fileError(hostName: string, path: string, error: unknown): unknown {
  if (!(error instanceof Error) || typeof (error as { code?: unknown }).code !== 'number') return error;
  const { message } = error;
  return new PodbsdError({
    doing: `working on ${path} on ${hostName}`,
    problem:
      message === 'Failure' ? 'the server reports a failure (no space left? no such parent?)' : message,
    exitCode: ExitCode.host,
    cause: error,
  });
}
