import { open, type FileHandle } from 'node:fs/promises';
import { CLUSTER, Qcow2Writer } from '../qcow2/writer.ts';
import { settleAll } from '../settle.ts';
import type { DataRun } from '../zero-runs.ts';
import { writeAll } from './raw-sink.ts';
import type { Sink } from './sink.ts';
import { headFrame } from './zstd-frame.ts';
import type { ZstdFile } from './zstd-sink.ts';

/** A qcow2 file and, while it is being written, its compressed form. */
export class Qcow2Sink implements Sink {
  readonly #file: FileHandle;
  readonly #packed: ZstdFile | undefined;
  readonly #writer: Qcow2Writer;
  #position = CLUSTER;

  private constructor(file: FileHandle, size: number, packed: ZstdFile | undefined) {
    this.#file = file;
    this.#packed = packed;
    this.#writer = new Qcow2Writer(size, (bytes) => this.#append(bytes));
  }

  /** @param packed opened with HEAD_FRAME_BYTES in reserve; finished or abandoned together with the sink. */
  static async create(path: string, size: number, packed: ZstdFile | undefined): Promise<Qcow2Sink> {
    return new Qcow2Sink(await open(path, 'wx'), size, packed);
  }

  async add(chunk: Buffer, offset: number, runs: readonly DataRun[]): Promise<void> {
    for (const run of runs)
      await this.#writer.add((offset + run.start) / CLUSTER, chunk.subarray(run.start, run.end));
  }

  async finish(): Promise<void> {
    const head = await this.#writer.finish();
    await writeAll(this.#file, head, 0);
    await this.#packed?.finish(headFrame(head));
    await this.#file.sync();
    await this.#file.close();
  }

  async abandon(): Promise<void> {
    await this.#packed?.abandon();
    await this.#file.close().catch(() => undefined);
  }

  async #append(bytes: Buffer): Promise<void> {
    const at = this.#position;
    this.#position += bytes.length;
    await settleAll([writeAll(this.#file, bytes, at), this.#packed?.write(bytes) ?? Promise.resolve()]);
  }
}
