import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { BlockSource } from '../block-source.ts';
import { ContentHash } from '../content-hash.ts';
import { readInOrder } from '../hash.ts';
import { CLUSTER } from '../qcow2/writer.ts';
import { settleAll } from '../settle.ts';
import { dataRuns } from '../zero-runs.ts';
import type { ExportFormat } from './formats.ts';
import { Qcow2Sink } from './qcow2-sink.ts';
import { RawSink } from './raw-sink.ts';
import type { Sink } from './sink.ts';
import { HEAD_FRAME_BYTES } from './zstd-frame.ts';
import { RawZstdSink, ZstdFile } from './zstd-sink.ts';

/** Bytes of the disk in flight at once; two of these buffers exist. A multiple of the cluster size. */
const CHUNK = 2 * 1024 * 1024;

export interface ConvertOptions {
  readonly disk: BlockSource;
  readonly formats: readonly ExportFormat[];
  readonly folder: string;
  readonly baseName: string;
  readonly onBytes?: ((count: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Writes all formats in one pass over the disk: while one piece is hashed, written and compressed the next is read. The
 * qcow2 file is also written where only something made from it is wanted (its compressed form, vhdx).
 * @returns SHA-256 of the disk, and its ContentHash.
 */
export async function writeFormats(
  options: ConvertOptions,
): Promise<{ readonly sha256: string; readonly content: string }> {
  const { disk, onBytes, signal } = options;
  const hash = createHash('sha256');
  const content = new ContentHash();
  const sinks: Sink[] = [];
  try {
    await openSinks(options, sinks);
    await readInOrder(disk, CHUNK, { onBytes, signal }, async (chunk, offset) => {
      const runs = dataRuns(chunk, CLUSTER);
      const written = settleAll(sinks.map((sink) => sink.add(chunk, offset, runs)));
      // The writes are on their way in other threads and processes while this one computes.
      hash.update(chunk);
      content.add(chunk);
      await written;
    });
    for (const sink of sinks) await sink.finish();
  } catch (error) {
    await Promise.all(sinks.map((sink) => sink.abandon()));
    throw error;
  }
  return { sha256: hash.digest('hex'), content: content.digest() };
}

async function openSinks(options: ConvertOptions, sinks: Sink[]): Promise<void> {
  const { formats, folder, baseName, disk } = options;
  const path = (format: ExportFormat): string => join(folder, `${baseName}.${format}`);
  if (formats.includes('raw')) sinks.push(await RawSink.create(path('raw'), disk.size));
  if (formats.includes('raw.zst')) sinks.push(new RawZstdSink(await ZstdFile.create(path('raw.zst'))));
  if (formats.some((format) => ['qcow2', 'qcow2.zst', 'vhdx'].includes(format))) {
    const packed = formats.includes('qcow2.zst')
      ? await ZstdFile.create(path('qcow2.zst'), HEAD_FRAME_BYTES)
      : undefined;
    sinks.push(await Qcow2Sink.create(path('qcow2'), disk.size, packed));
  }
}
