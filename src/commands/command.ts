import type { Command } from 'commander';
import type { Terminal } from '../ground/terminal.ts';

/** What every command gets from the program around it. */
export interface CommandContext {
  readonly terminal: Terminal;
  /** Aborted by the first SIGINT or SIGTERM, or when the terminal is closed. */
  readonly signal: AbortSignal;
}

/** Adds one command, its options, help text and examples to the program. Each file in this folder exports one. */
export type RegisterCommand = (program: Command, context: CommandContext) => void;

/** The `Examples:` part of a command's help. Each example is a command line and what it does. */
export function examples(...pairs: readonly (readonly [line: string, what: string])[]): string {
  const shown = pairs.map(([line, what]) => `  ${what}\n    $ ${line}`);
  return `\nExamples:\n${shown.join('\n')}`;
}
