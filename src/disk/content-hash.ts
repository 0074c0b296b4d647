import { createHash } from 'node:crypto';

const BLOCK = 64 * 1024;
const zeros = Buffer.alloc(BLOCK);

/**
 * Tells whether two disks hold the same bytes, in time proportional to their data and not to their size: SHA-256 of
 * each block that is not all zeros, with its place. Every byte is looked at; what the file system says about holes is
 * not used. Bytes come in order, in pieces of any size.
 */
export class ContentHash {
  readonly #hash = createHash('sha256');
  readonly #block = Buffer.allocUnsafe(BLOCK);
  readonly #place = Buffer.alloc(8);
  #filled = 0;
  #offset = 0;

  add(chunk: Buffer): void {
    for (let at = 0; at < chunk.length;) {
      const count = Math.min(BLOCK - this.#filled, chunk.length - at);
      if (count === BLOCK) this.#take(chunk.subarray(at, at + BLOCK));
      else {
        chunk.copy(this.#block, this.#filled, at, at + count);
        this.#filled += count;
        if (this.#filled === BLOCK) this.#rest();
      }
      at += count;
    }
  }

  /** Lower-case hexadecimal. Nothing can be added afterwards. */
  digest(): string {
    this.#rest();
    return this.#hash.update(this.#placeOf(this.#offset)).digest('hex');
  }

  #rest(): void {
    const block = this.#block.subarray(0, this.#filled);
    this.#filled = 0;
    this.#take(block);
  }

  #take(block: Buffer): void {
    if (!block.equals(zeros.subarray(0, block.length)))
      this.#hash.update(this.#placeOf(this.#offset)).update(block);
    this.#offset += block.length;
  }

  #placeOf(offset: number): Buffer {
    this.#place.writeBigUInt64BE(BigInt(offset));
    return this.#place;
  }
}
