import { open, type FileHandle } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { Argv } from '../../host/host.ts';
import { PipedProgram } from '../../host/piped-program.ts';
import type { Sink } from './sink.ts';

/** All processors, but not without end: each thread takes 8 MiB of memory and more. */
const MAX_THREADS = 16;

/** Level 3. The result does not depend on the number of threads: zstd cuts its input into jobs by level. */
function zstdArgv(): Argv {
  return ['zstd', '-3', `-T${Math.min(availableParallelism(), MAX_THREADS)}`, '-q', '-c', '-'];
}

/** A stream of bytes compressed by the zstd program into a file. */
export class ZstdFile {
  readonly #file: FileHandle;
  readonly #zstd: PipedProgram;
  readonly #reserved: number;

  private constructor(file: FileHandle, zstd: PipedProgram, reserved: number) {
    this.#file = file;
    this.#zstd = zstd;
    this.#reserved = reserved;
  }

  /** @param reserve bytes left free at the start of the file, for a frame that is known only at the end. */
  static async create(path: string, reserve = 0): Promise<ZstdFile> {
    const file = await open(path, 'wx');
    try {
      // A write without a position moves the file's own position, from which zstd continues.
      if (reserve > 0) await file.write(Buffer.alloc(reserve));
      return new ZstdFile(file, new PipedProgram(zstdArgv(), { stdout: file.fd }), reserve);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async write(bytes: Buffer): Promise<void> {
    await this.#zstd.write(bytes);
  }

  /** @param head what fills the reserved place. */
  async finish(head: Buffer = Buffer.alloc(0)): Promise<void> {
    if (head.length !== this.#reserved) throw new Error(`the first frame must have ${this.#reserved} bytes`);
    await this.#zstd.end();
    if (head.length > 0) await this.#file.write(head, 0, head.length, 0);
    await this.#file.sync();
    await this.#file.close();
  }

  async abandon(): Promise<void> {
    await this.#zstd.stop();
    await this.#file.close().catch(() => undefined);
  }
}

/** The raw disk, compressed. */
export class RawZstdSink implements Sink {
  readonly #out: ZstdFile;

  constructor(out: ZstdFile) {
    this.#out = out;
  }

  async add(chunk: Buffer): Promise<void> {
    await this.#out.write(chunk);
  }

  async finish(): Promise<void> {
    await this.#out.finish();
  }

  async abandon(): Promise<void> {
    await this.#out.abandon();
  }
}
