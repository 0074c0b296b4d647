import { CutShort } from './cut-short.ts';

const EMPTY = Buffer.alloc(0);

/** A stream of bytes, read in the portions that a parser needs. Bytes that were read are not kept. */
export class ByteSource {
  readonly #pieces: AsyncIterator<Buffer>;
  #rest: Buffer = EMPTY;
  /** How many bytes were read. */
  position = 0;

  constructor(pieces: AsyncIterable<Buffer>) {
    this.#pieces = pieces[Symbol.asyncIterator]();
  }

  /** This many bytes; fewer only when there are no more. */
  async take(count: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of this.#upTo(count)) parts.push(part);
    return parts.length === 1 ? (parts[0] ?? EMPTY) : Buffer.concat(parts);
  }

  /**
   * Exactly this many bytes, in pieces.
   * @throws CutShort when there are fewer.
   */
  async *exactly(count: number): AsyncGenerator<Buffer> {
    const end = this.position + count;
    yield* this.#upTo(count);
    if (this.position < end) throw new CutShort();
  }

  /** Whatever is left. */
  async *all(): AsyncGenerator<Buffer> {
    yield* this.#upTo(Infinity);
  }

  /** Closes the underlying stream when not everything was read. */
  async close(): Promise<void> {
    await this.#pieces.return?.();
  }

  async *#upTo(count: number): AsyncGenerator<Buffer> {
    for (let left = count; left > 0;) {
      if (this.#rest.length === 0) {
        const next = await this.#pieces.next();
        if (next.done === true) return;
        this.#rest = next.value;
      }
      const part = this.#rest.subarray(0, Math.min(left, this.#rest.length));
      this.#rest = this.#rest.subarray(part.length);
      this.position += part.length;
      left -= part.length;
      if (part.length > 0) yield part;
    }
  }
}
