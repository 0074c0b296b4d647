import type { BlockSource } from './block-source.ts';

/** Bytes that replace others. */
export interface Patch {
  readonly offset: number;
  readonly bytes: Buffer;
}

/**
 * A view of another disk, grown to `size`, with a few places changed. The disk below is never written. Later patches
 * win over earlier ones.
 */
export class PatchedSource implements BlockSource {
  readonly size: number;
  readonly #below: BlockSource;
  readonly #patches: readonly Patch[];

  constructor(below: BlockSource, size: number, patches: readonly Patch[]) {
    if (size < below.size) throw new Error('a disk cannot be made smaller');
    this.size = size;
    this.#below = below;
    this.#patches = patches;
  }

  async read(buffer: Buffer, offset: number): Promise<void> {
    await this.#below.read(buffer, offset);
    for (const patch of this.#patches) {
      const start = Math.max(patch.offset, offset);
      const end = Math.min(patch.offset + patch.bytes.length, offset + buffer.length);
      if (start < end) patch.bytes.copy(buffer, start - offset, start - patch.offset, end - patch.offset);
    }
  }

  async close(): Promise<void> {
    await this.#below.close();
  }
}
