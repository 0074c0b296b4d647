import { posix } from 'node:path';
import type { Stats } from 'ssh2';
import { temporaryName } from '../../ground/temporary-name.ts';
import type { FileInfo } from '../host.ts';
import { fileError, infoOf, isNoSuchFile } from './sftp-reply.ts';
import { SftpSession } from './sftp-session.ts';

/** Bytes that are read of a growing file at a time. */
const PART = 128 * 1024;

/** The files of a server, through one SFTP session. */
export class Sftp extends SftpSession {
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
      // Another process may have made it first; SFTP has no status of its own for that.
      if ((await this.#followed(path))?.isDirectory() !== true) throw fileError(this.hostName, path, error);
    }
  }

  async rename(from: string, to: string): Promise<void> {
    try {
      // SFTP's own rename refuses to replace a file; OpenSSH's extension is rename(2).
      await this.order((done) => this.raw.ext_openssh_rename(from, to, done));
    } catch (error) {
      throw fileError(this.hostName, to, error);
    }
  }

  async symlink(target: string, path: string): Promise<void> {
    await this.order((done) => this.raw.unlink(path, done)).catch(() => undefined);
    try {
      await this.order((done) => this.raw.symlink(target, path, done));
    } catch (error) {
      throw fileError(this.hostName, path, error);
    }
  }

  /**
   * Replaces a file atomically: `fill` writes a new file beside it, which is flushed (where the server can) and
   * renamed. When `fill` fails the new file is removed and the old one stays.
   */
  async replace(path: string, mode: number, fill: (handle: Buffer) => Promise<void>): Promise<void> {
    await this.mkdir(posix.dirname(path));
    const temporary = temporaryName(path);
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
      throw fileError(this.hostName, path, error);
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
      if (isNoSuchFile(error)) return undefined;
      throw fileError(this.hostName, path, error);
    }
  }
}
