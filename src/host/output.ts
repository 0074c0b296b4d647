/** What a program may print before the middle of its output is dropped; bytes. */
const MAX_BYTES = 64 * 1024 * 1024;

/** Keeps what a program printed: all of it, or the first and the last half of the limit. */
export class Output {
  readonly #limit: number;
  readonly #head: Buffer[] = [];
  readonly #tail: Buffer[] = [];
  #headBytes = 0;
  #tailBytes = 0;
  #dropped = 0;

  constructor(limit = MAX_BYTES) {
    this.#limit = limit;
  }

  push(chunk: Buffer): void {
    if (this.#dropped === 0 && this.#tail.length === 0 && this.#headBytes + chunk.length <= this.#limit / 2) {
      this.#head.push(chunk);
      this.#headBytes += chunk.length;
      return;
    }
    this.#tail.push(chunk);
    this.#tailBytes += chunk.length;
    for (
      let first = this.#tail[0];
      first !== undefined && this.#tailBytes - first.length > this.#limit / 2;
    ) {
      this.#tail.shift();
      this.#tailBytes -= first.length;
      this.#dropped += first.length;
      first = this.#tail[0];
    }
  }

  text(): string {
    const gap = this.#dropped === 0 ? [] : [Buffer.from(`\n[${this.#dropped} bytes left out]\n`)];
    return Buffer.concat([...this.#head, ...gap, ...this.#tail]).toString('utf8');
  }
}
