import { StringDecoder } from 'node:string_decoder';

/**
 * Cuts a stream of bytes into lines and hands each on as soon as it is complete. A lone carriage return ends a line as
 * well: that is how git and fetch write their progress over and over.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  readonly #onLine: (line: string) => void;
  #rest = '';
  /** A carriage return that came last: the newline that belongs to it may still come. */
  #held = '';

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: Uint8Array): void {
    const text = this.#held + this.#decoder.write(Buffer.from(chunk));
    this.#held = text.endsWith('\r') ? '\r' : '';
    const pieces = text.slice(0, text.length - this.#held.length).split(/\r?\n|\r/);
    const last = pieces.pop() ?? '';
    for (const piece of pieces) {
      this.#onLine(this.#rest + piece);
      this.#rest = '';
    }
    this.#rest += last;
  }

  /** The stream has ended: a last line without newline counts too. */
  end(): void {
    const rest = this.#rest + this.#decoder.end();
    this.#rest = this.#held = '';
    if (rest !== '') this.#onLine(rest);
  }
}
