import type { FileHandle } from 'node:fs/promises';
import { openRegular } from '../ground/regular-file.ts';
import type { BlockSource } from './block-source.ts';

/** A raw image file, read with plain read(2) calls: what lseek(SEEK_HOLE) says about holes is never trusted. */
export class FileSource implements BlockSource {
  readonly size: number;
  readonly #file: FileHandle;

  private constructor(file: FileHandle, size: number) {
    this.#file = file;
    this.size = size;
  }

  static async open(path: string): Promise<FileSource> {
    const file = await openRegular(path);
    try {
      const { size } = await file.stat();
      return new FileSource(file, size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async read(buffer: Buffer, offset: number): Promise<void> {
    let filled = 0;
    while (filled < buffer.length) {
      const { bytesRead } = await this.#file.read(buffer, filled, buffer.length - filled, offset + filled);
      if (bytesRead === 0) break;
      filled += bytesRead;
    }
    buffer.fill(0, filled);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/**
 * Makes the kernel write out what it still holds of a file. An image that was made seconds ago on ZFS must be flushed
 * before it is read: some OpenZFS releases report holes where unwritten data lies (openzfs issue 15526).
 */
export async function flushFile(path: string): Promise<void> {
  const file = await openRegular(path);
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
