import { decodeUtf8 } from '../utf8.ts';

const newline = 0x0a;
/** Bytes. Nothing that is read line by line is nearly as long. */
const longest = 1024 * 1024;

/** Splits a stream of bytes into lines, wherever its chunks end. */
export class Lines {
  readonly #take: (line: string) => void;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(take: (line: string) => void) {
    this.#take = take;
  }

  add(bytes: Uint8Array): void {
    let start = 0;
    for (;;) {
      const end = bytes.indexOf(newline, start);
      if (end < 0) break;
      this.#keep(bytes.subarray(start, end));
      this.#release();
      start = end + 1;
    }
    this.#keep(bytes.slice(start));
  }

  /** What is left when the stream ends, though no newline follows it. */
  end(): void {
    if (this.#length > 0) this.#release();
  }

  #keep(part: Uint8Array): void {
    this.#length += part.length;
    // The rest of an endless line is counted, and forgotten.
    if (this.#length > longest) this.#parts = [];
    else if (part.length > 0) this.#parts.push(part);
  }

  #release(): void {
    const [parts, length] = [this.#parts, this.#length];
    this.#parts = [];
    this.#length = 0;
    if (length > longest) return;
    const whole = new Uint8Array(length);
    let offset = 0;
    for (const part of parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    this.#take(decodeUtf8(whole));
  }
}
