import { readStart, type Start } from './remote-command.ts';

/** Strips everything from standard error up to the line that reports the start: it is not the program's output. */
export class Preamble {
  readonly #mark: string;
  readonly #onStart: (start: Start) => void;
  #before = Buffer.alloc(0);
  #over = false;

  constructor(mark: string, onStart: (start: Start) => void) {
    this.#mark = mark;
    this.#onStart = onStart;
  }

  strip(chunk: Buffer): Buffer {
    if (this.#over) return chunk;
    this.#before = Buffer.concat([this.#before, chunk]);
    for (let end = this.#before.indexOf('\n'); end !== -1; end = this.#before.indexOf('\n')) {
      const start = readStart(this.#before.toString('utf8', 0, end), this.#mark);
      this.#before = this.#before.subarray(end + 1);
      if (start === undefined) continue;
      this.#over = true;
      this.#onStart(start);
      return this.#before;
    }
    return Buffer.alloc(0);
  }
}
