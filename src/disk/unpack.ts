import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import type { DiskFormat } from './format.ts';
import { hashFile } from './hash.ts';
import type { Argv } from '../host/host.ts';
import type { LocalHost } from '../host/local.ts';

export interface UnpackOptions {
  readonly from: string;
  readonly format: PackedFormat;
  /** Appears when it is complete. */
  readonly to: string;
  /** Bytes of the packed file so far. */
  readonly onProgress?: (done: number) => void;
  readonly signal: AbortSignal;
}

export type PackedFormat = 'xz' | 'zstd' | 'gzip';

/** Programs that unpack from standard input to standard output. */
const unpackers: Readonly<Record<PackedFormat, Argv>> = {
  xz: ['xz', '--decompress', '--stdout'],
  zstd: ['zstd', '--decompress', '--stdout'],
  gzip: ['gzip', '--decompress', '--stdout'],
};

/** The program that unpacks this format; undefined when it is a disk already. */
export function unpacker(format: DiskFormat): PackedFormat | undefined {
  return format === 'xz' || format === 'zstd' || format === 'gzip' ? format : undefined;
}

/** Unpacks a disk image. Runs of zeros become holes: a raw image is mostly empty. */
export async function unpackImage(host: LocalHost, options: UnpackOptions): Promise<void> {
  const { from, format, to, signal, onProgress } = options;
  const partial = `${to}.part`;
  const file = await open(partial, 'w');
  let done = 0;
  try {
    const sparse = new SparseWriter(file);
    const program = host.pipe(unpackers[format], { stdout: (chunk) => sparse.write(chunk), signal });
    const onBytes = (count: number): void => onProgress?.((done += count));
    await hashFile(from, { signal, onBytes }, (chunk) => program.write(chunk));
    await program.end();
    await sparse.end();
    await file.sync();
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  } finally {
    await file.close();
  }
  await rename(partial, to);
}

/** Holes shorter than this are not worth a seek; bytes. */
const BLOCK = 64 * 1024;
const zeros = Buffer.alloc(BLOCK);

class SparseWriter {
  readonly #file: FileHandle;
  #offset = 0;

  constructor(file: FileHandle) {
    this.#file = file;
  }

  async write(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length; at += BLOCK) {
      const block = chunk.subarray(at, at + BLOCK);
      if (!block.equals(zeros.subarray(0, block.length)))
        await this.#file.write(block, 0, block.length, this.#offset);
      this.#offset += block.length;
    }
  }

  async end(): Promise<void> {
    await this.#file.truncate(this.#offset);
  }
}
