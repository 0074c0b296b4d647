import type { Terminal } from './terminal.ts';

/**
 * How a command was asked to print. `quiet`: errors only. `json`: the result is one JSON object on one line of standard
 * output, and what happens meanwhile one object a line of standard error. `json-lines`: the command has no result of its
 * own, and every line of standard output is one object.
 */
export type OutputMode = 'plain' | 'quiet' | 'json' | 'json-lines';

/** A terminal whose way of printing is chosen when the command line is read. */
export class ModalTerminal implements Terminal {
  readonly #base: Terminal;
  #mode: OutputMode = 'plain';

  constructor(base: Terminal) {
    this.#base = base;
  }

  choose(mode: OutputMode): void {
    this.#mode = mode;
  }

  get isJson(): boolean {
    return this.#mode === 'json' || this.#mode === 'json-lines';
  }

  get interactive(): boolean {
    return this.#mode === 'plain' && this.#base.interactive;
  }

  get columns(): number {
    return this.#base.columns;
  }

  paint(...args: Parameters<Terminal['paint']>): string {
    return this.#mode === 'plain' ? this.#base.paint(...args) : args[1];
  }

  out(line: string): void {
    if (this.#mode === 'plain') this.#base.out(line);
    if (this.#mode === 'json') this.#base.out(oneLine(line));
    if (this.#mode === 'json-lines') this.event({ event: 'result', text: line });
  }

  err(line: string): void {
    if (this.#mode === 'plain') this.#base.err(line);
    else this.event({ event: 'say', text: line });
  }

  /** What happens, for programs: a line of JSON with the time; nothing in the other modes. */
  event(fields: Readonly<Record<string, unknown>>): void {
    const line = JSON.stringify({ time: new Date().toISOString(), ...fields });
    if (this.#mode === 'json') this.#base.err(line);
    if (this.#mode === 'json-lines') this.#base.out(line);
  }

  /** An error, which is never kept back. Answers whether it was printed; in plain words it is not. */
  failure(fields: Readonly<Record<string, unknown>>): boolean {
    if (!this.isJson) return false;
    this.event({ event: 'error', ...fields });
    return true;
  }

  /** The terminal below, for words that are printed in every mode. */
  get base(): Terminal {
    return this.#base;
  }
}

/** A result that was laid out over several lines for people; anything else as it is. */
function oneLine(text: string): string {
  if (!text.includes('\n')) return text;
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text;
  }
}
