import { open, type FileHandle } from 'node:fs/promises';
import type { DataRun } from '../zero-runs.ts';
import type { Sink } from './sink.ts';

/** A raw copy in which every cluster of zeros is a hole. */
export class RawSink implements Sink {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string, size: number): Promise<RawSink> {
    const file = await open(path, 'wx');
    try {
      await file.truncate(size);
    } catch (error) {
      await file.close();
      throw error;
    }
    return new RawSink(file);
  }

  async add(chunk: Buffer, offset: number, runs: readonly DataRun[]): Promise<void> {
    for (const run of runs)
      await writeAll(this.#file, chunk.subarray(run.start, run.end), offset + run.start);
  }

  async finish(): Promise<void> {
    await this.#file.sync();
    await this.#file.close();
  }

  async abandon(): Promise<void> {
    await this.#file.close().catch(() => undefined);
  }
}

/** write(2) may take less than it was given. */
export async function writeAll(file: FileHandle, bytes: Buffer, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}
