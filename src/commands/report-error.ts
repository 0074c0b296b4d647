import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { ExitCode, PodbsdError, errnoOf, messageOf } from '../ground/errors.ts';
import type { Terminal } from '../ground/terminal.ts';

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
  const ofSystem = refusals[errnoOf(error) ?? ''];
  if (ofSystem !== undefined) {
    terminal.err(`${terminal.paint('cyan', 'next:', 'err')}  ${ofSystem.remedy}`);
    if (debug) terminal.err(inspect(error));
    return ofSystem.exitCode;
  }
  terminal.err(
    '  This is a bug in podbsd. Please report it with the output of the same command and PODBSD_DEBUG=1.',
  );
  if (debug) terminal.err(inspect(error));
  return ExitCode.internal;
}

const permission = {
  remedy: 'give this user the right to it, or name another place',
  exitCode: ExitCode.host,
} as const;
const space = {
  remedy: 'free space there, then run the same command again',
  exitCode: ExitCode.diskFull,
} as const;

/** What the system refuses is no bug, wherever podbsd meets it. The message names the file. */
const refusals: Readonly<Record<string, { readonly remedy: string; readonly exitCode: ExitCode }>> = {
  EACCES: permission,
  EPERM: permission,
  EROFS: permission,
  ENOSPC: space,
  EDQUOT: space,
};
