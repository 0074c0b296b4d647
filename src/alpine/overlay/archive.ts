import { pipeline } from 'node:stream/promises';
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ExitCode, PodbsdError, messageOf } from '../../ground/errors.ts';
import { ByteSource } from '../tar/byte-source.ts';
import { TarReader } from '../tar/reader.ts';

/**
 * Bytes that are read or unpacked at a time. V8 collects buffers when enough objects have come with them: with more bytes
 * for each, tens of megabytes of dead buffers pile up; with fewer, it takes longer.
 */
export const CHUNK = 16 * 1024;

/** A compressed overlay; each call reads it from the start. */
export interface OverlayArchive {
  /** Its name in messages. */
  readonly label: string;
  bytes(): AsyncIterable<Buffer>;
}

/** An overlay in memory. */
export function inMemory(archive: Uint8Array, label: string): OverlayArchive {
  return { label, bytes: () => Readable.from([Buffer.from(archive)]) };
}

/**
 * Reads an archive made by podbsd, `lbu` or any other tar, in any dialect and of any size, as a stream.
 * @throws PodbsdError (exit code `data`) when it is encrypted, cut short or no archive at all.
 */
export async function* readArchive<T>(
  archive: OverlayArchive,
  use: (reader: TarReader) => AsyncIterable<T>,
): AsyncGenerator<T> {
  const compressed = new ByteSource(archive.bytes());
  const start = await compressed.take(8);
  const gunzip = createGunzip({ chunkSize: CHUNK });
  // An error here also ends the reading below, which reports it.
  const feeding = pipeline(restOf(start, compressed), gunzip).catch(() => undefined);
  try {
    // `lbu` with ENCRYPTION set makes files that begin with this (openssl enc -salt).
    if (start.toString('latin1') === 'Salted__')
      throw broken(archive, 'is encrypted; podbsd reads only unencrypted overlays');
    if (start[0] !== 0x1f || start[1] !== 0x8b) throw broken(archive, 'is not a gzip file');
    yield* use(new TarReader(new ByteSource(gunzip)));
  } catch (error) {
    if (error instanceof PodbsdError) throw error;
    throw broken(archive, `is damaged or cut short: ${messageOf(error)}`, error);
  } finally {
    gunzip.destroy();
    await feeding;
  }
}

async function* restOf(start: Buffer, source: ByteSource): AsyncGenerator<Buffer> {
  yield start;
  yield* source.all();
}

export function broken({ label }: OverlayArchive, problem: string, cause?: unknown): PodbsdError {
  return new PodbsdError({
    doing: `reading the overlay ${label}`,
    problem: `${label} ${problem}`,
    remedy:
      'a guest with this overlay would stop in a recovery shell; make it again with "lbu commit" in the guest',
    exitCode: ExitCode.data,
    cause,
  });
}
