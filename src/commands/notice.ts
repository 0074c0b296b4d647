import type { Terminal } from '../ground/terminal.ts';

/** Something to know that is no error, on standard error: the first line is marked, further ones are indented. */
export function notice(terminal: Terminal, text: string): void {
  const [first = '', ...rest] = text.split('\n');
  terminal.err(`${terminal.paint('yellow', 'note:', 'err')} ${first}`);
  for (const line of rest) terminal.err(`  ${line}`);
}
