import type { BlockSource } from './block-source.ts';

/** The first bytes of another disk, without what follows them. */
export class PrefixSource implements BlockSource {
  readonly size: number;
  readonly #below: BlockSource;

  constructor(below: BlockSource, size: number) {
    this.size = size;
    this.#below = below;
  }

  async read(buffer: Buffer, offset: number): Promise<void> {
    const within = Math.max(0, Math.min(buffer.length, this.size - offset));
    await this.#below.read(buffer.subarray(0, within), offset);
    buffer.fill(0, within);
  }

  async close(): Promise<void> {
    await this.#below.close();
  }
}
