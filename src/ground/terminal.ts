import { writeSync } from 'node:fs';
import { styleText } from 'node:util';
import { ExitCode } from './errors.ts';

type Style = Parameters<typeof styleText>[0];

/** Where a command writes: results to stdout, everything else to stderr. */
export interface Terminal {
  /** A line of the command's result. */
  out(line: string): void;
  /** A line of progress, notice or error. */
  err(line: string): void;
  /** True when standard error is a terminal that can move its cursor. */
  readonly interactive: boolean;
  /** Columns of the terminal; 80 without one. */
  readonly columns: number;
  /** Colours a text for standard output or error; plain where that is not a terminal or NO_COLOR is set. */
  paint(style: Style, text: string, stream?: 'out' | 'err'): string;
}

/** The terminal of this process. Colours follow https://no-color.org. */
export function processTerminal(): Terminal {
  const colour = (isTty: boolean): boolean =>
    isTty && (process.env['NO_COLOR'] ?? '') === '' && process.env['TERM'] !== 'dumb';
  watchOutput(process.stdout);
  watchOutput(process.stderr);
  const colours = { out: colour(process.stdout.isTTY), err: colour(process.stderr.isTTY) };
  return {
    out: (line) => void process.stdout.write(`${line}\n`),
    err: (line) => void process.stderr.write(`${line}\n`),
    interactive: process.stderr.isTTY && process.env['TERM'] !== 'dumb',
    columns: process.stderr.isTTY ? process.stderr.columns : 80,
    paint: (style, text, stream = 'out') =>
      colours[stream] ? styleText(style, text, { validateStream: false }) : text,
  };
}

/**
 * `podbsd ... | head`: the reader has seen enough, and the work goes on. It goes on as well when output cannot be written
 * for another reason, a full disk perhaps, but that is no success.
 */
function watchOutput(stream: NodeJS.WriteStream): void {
  let lost: NodeJS.ErrnoException | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') lost ??= error;
  });
  process.once('exit', () => {
    if (lost === undefined) return;
    process.exitCode ||= lost.code === 'ENOSPC' ? ExitCode.diskFull : ExitCode.failed;
    if (stream === process.stdout)
      sayAtExit(
        `error: writing the output\n  ${lost.message}\nnext:  send the output to another place, or free space there\n`,
      );
  });
}

/** Asynchronous output might not be written any more when the process exits. */
function sayAtExit(text: string): void {
  try {
    writeSync(process.stderr.fd, text);
  } catch {
    // There is nowhere left to report it.
  }
}
