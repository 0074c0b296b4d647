import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { installAdvice } from '../ground/install-advice.ts';
import type { Lack } from '../ground/lack/lack.ts';
import { lackOfProgram } from '../ground/lack/program.ts';
import { CommandError } from '../host/command-error.ts';
import type { Argv } from '../host/host.ts';
import { PipedProgram } from '../host/piped-program.ts';
import { hashFile } from './hash.ts';
import { identifyFile, type Packing } from './identify.ts';

export interface UnpackOptions {
  readonly from: string;
  readonly packing: Packing;
  /** Appears when it is complete. */
  readonly to: string;
  /** Bytes of the packed file so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal: AbortSignal;
}

/** Programs that unpack from standard input to standard output. */
const unpackers: Readonly<Record<Packing, Argv>> = {
  xz: ['xz', '--decompress', '--stdout'],
  zstd: ['zstd', '--decompress', '--stdout'],
  gzip: ['gzip', '--decompress', '--stdout'],
  bzip2: ['bzip2', '--decompress', '--stdout'],
};

/**
 * Unpacks a disk image. Runs of zeros become holes: a raw image is mostly empty.
 * @throws PodbsdError when the file is damaged, or the program that unpacks it is missing.
 */
export async function unpackImage(options: UnpackOptions): Promise<void> {
  const { from, packing, to, signal, onProgress } = options;
  const partial = `${to}.part`;
  const file = await open(partial, 'w');
  let done = 0;
  try {
    const sparse = new SparseWriter(file);
    const stdout = (chunk: Buffer): Promise<void> => sparse.write(chunk);
    const program = new PipedProgram(unpackers[packing], { stdout, signal });
    const onBytes = (count: number): void => onProgress?.((done += count));
    await hashFile(from, { signal, onBytes }, (chunk) => program.write(chunk));
    await program.end();
    await sparse.end();
    await file.sync();
  } catch (error) {
    await rm(partial, { force: true });
    signal.throwIfAborted();
    throw error instanceof CommandError ? unpackError(error, options) : error;
  } finally {
    await file.close();
  }
  await rename(partial, to);
}

function unpackError(error: CommandError, { from, packing }: UnpackOptions): PodbsdError {
  const missing = error.failure.kind === 'no-program';
  return new PodbsdError({
    doing: `unpacking ${from}`,
    problem: missing ? `the program ${packing} could not be started: ${error.problem}` : error.problem,
    remedy: missing
      ? `${installAdvice(packing)}; or name the unpacked file`
      : 'the file is damaged or incomplete: get it again',
    exitCode: missing ? ExitCode.host : ExitCode.data,
    cause: error,
  });
}

/** The program that unpacks an image as a lack; none for an image that is not packed, or that cannot be read. */
export async function lackOfUnpacker(image: string): Promise<Lack | undefined> {
  const kind = await identifyFile(image).catch(() => undefined);
  return kind?.kind === 'packed' ? lackOfProgram(kind.packing) : undefined;
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
