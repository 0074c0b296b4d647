import { createHash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { PipedProgram } from '../../host/piped-program.ts';
import type { BlockSource } from '../block-source.ts';
import { ContentHash } from '../content-hash.ts';
import { FileSource } from '../file-source.ts';
import { openDisk } from '../open-disk.ts';
import { convertDisk, qemuImg } from '../qemu-img.ts';
import { qemuName } from '../qemu-name.ts';
import { hashFile, readInOrder, type HashOptions } from '../hash.ts';
import { settleAll } from '../settle.ts';
import type { ExportFormat } from './formats.ts';

/** Bytes of a disk read at once. */
const CHUNK = 2 * 1024 * 1024;

/** Size and SHA-256 of a file that was found to hold the right bytes. */
export interface ProvenFile {
  readonly sha256: string;
  readonly size: number;
}

export interface VerifyOptions extends HashOptions {
  readonly folder: string;
  readonly baseName: string;
  /** Of the disk, as it was read for the conversion. */
  readonly diskSha256: string;
  /** ContentHash of the same bytes, which the files of other formats are compared by. */
  readonly content: string;
  /** Whether qemu-img is to read the qcow2 file back as well. vhdx needs it anyway. */
  readonly qemuImg: boolean;
}

/**
 * Reads everything back and compares all bytes, by their hash, with what was read from the source. `qemu-img compare`
 * would not do: it skips what the file system reports as a hole.
 */
export async function proveFiles(
  formats: ReadonlySet<ExportFormat>,
  options: VerifyOptions,
): Promise<Map<ExportFormat, ProvenFile>> {
  const proven = new Map<ExportFormat, ProvenFile>();
  const path = (format: ExportFormat): string => join(options.folder, `${options.baseName}.${format}`);
  const work: Promise<void>[] = [];
  if (formats.has('raw')) work.push(proveRaw(path('raw')));
  if (formats.has('raw.zst')) work.push(provePacked('raw.zst', options.content, new ContentHash()));
  if (formats.has('qcow2')) work.push(proveQcow2(path('qcow2')));
  if (formats.has('vhdx')) work.push(proveVhdx(path('vhdx')));
  await settleAll(work);
  return proven;

  async function proveRaw(file: string): Promise<void> {
    const found = await hashFile(file, options);
    expectSame(found.sha256, options.diskSha256, file);
    proven.set('raw', found);
  }

  async function proveQcow2(file: string): Promise<void> {
    // In parallel: qemu-img is a separate process, and works while this one hashes.
    const [ours, theirs, found] = await settleAll<[string, string, ProvenFile]>([
      openDisk(file).then(contentOf),
      options.qemuImg ? checkThroughQemu(file) : Promise.resolve(options.content),
      hashFile(file, options),
    ]);
    expectSame(ours, options.content, file);
    expectSame(theirs, options.content, `${file}, read by qemu-img,`);
    proven.set('qcow2', found);
    if (formats.has('qcow2.zst')) await provePacked('qcow2.zst', found.sha256, new WholeHash());
  }

  async function checkThroughQemu(file: string): Promise<string> {
    await qemuImg(['check', '-q', qemuName({ path: file, format: 'qcow2' })], options.signal);
    return await contentThroughQemu('qcow2', file);
  }

  async function proveVhdx(file: string): Promise<void> {
    expectSame(await contentThroughQemu('vhdx', file), options.content, file);
    proven.set('vhdx', await hashFile(file, options));
  }

  async function provePacked(
    format: ExportFormat,
    expected: string,
    hash: Pick<ContentHash, 'add' | 'digest'>,
  ): Promise<void> {
    const zstd = new PipedProgram(['zstd', '-d', '-q', '-c', '-'], {
      stdout: (chunk) => {
        hash.add(chunk);
        options.onBytes?.(chunk.length);
      },
      signal: options.signal,
    });
    try {
      const found = await hashFile(path(format), { signal: options.signal }, (chunk) => zstd.write(chunk));
      await zstd.end();
      expectSame(hash.digest(), expected, path(format));
      proven.set(format, found);
    } catch (error) {
      await zstd.stop();
      throw error;
    }
  }

  async function contentOf(disk: BlockSource): Promise<string> {
    const hash = new ContentHash();
    try {
      await readInOrder(disk, CHUNK, options, (chunk) => {
        hash.add(chunk);
        return undefined;
      });
      return hash.digest();
    } finally {
      await disk.close();
    }
  }

  async function contentThroughQemu(format: 'qcow2' | 'vhdx', file: string): Promise<string> {
    const back = `${file}.back`;
    try {
      await convertDisk({ path: file, format }, { path: back, format: 'raw' }, options.signal);
      return await contentOf(await FileSource.open(back));
    } finally {
      await rm(back, { force: true });
    }
  }
}

/** SHA-256 of all bytes, of a file that is not mostly empty. */
class WholeHash {
  readonly #hash = createHash('sha256');

  add(chunk: Buffer): void {
    this.#hash.update(chunk);
  }

  digest(): string {
    return this.#hash.digest('hex');
  }
}

function expectSame(found: string, expected: string, file: string): void {
  if (found === expected) return;
  throw new PodbsdError({
    doing: 'proving that the exported files hold the disk',
    problem: `${file} does not hold the bytes that were written to it (hash ${found}, expected ${expected})`,
    remedy:
      'check the disk and memory of this machine and export again; on ZFS make sure that OpenZFS is 2.1.14, 2.2.2 or newer',
    exitCode: ExitCode.untrusted,
  });
}
