import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { ExitCode, PodbsdError, messageOf } from '../errors.ts';
import type { Terminal } from '../terminal.ts';

/** Tells the user about an error and returns the exit code. Stack traces appear only with PODBSD_DEBUG=1. */
export function reportError(error: unknown, terminal: Terminal): number {
  // Commander has printed its own message already; asking for --help is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  const label = terminal.paint('red', 'error:', 'err');
  const debug = process.env['PODBSD_DEBUG'] === '1';
  if (error instanceof PodbsdError) {
    terminal.err(`${label} ${error.doing}`);
    for (const line of error.problem.split('\n')) terminal.err(`  ${line}`);
    if (error.remedy !== undefined)
      terminal.err(`${terminal.paint('cyan', 'next:', 'err')}  ${error.remedy}`);
    if (debug) terminal.err(inspect(error));
    return error.exitCode;
  }
  terminal.err(`${label} ${messageOf(error)}`);
  terminal.err(
    '  This is a bug in podbsd. Please report it with the output of the same command and PODBSD_DEBUG=1.',
  );
  if (debug) terminal.err(inspect(error));
  return ExitCode.internal;
}
