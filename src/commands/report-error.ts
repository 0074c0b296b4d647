import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { ExitCode, PodbsdError, messageOf } from '../ground/errors.ts';
import { ModalTerminal } from '../ground/modal-terminal.ts';
import type { Terminal } from '../ground/terminal.ts';
import { refusalOf, type Refusal } from './refusal.ts';

/** Tells the user about an error and returns the exit code. Stack traces appear only with PODBSD_DEBUG=1. */
export function reportError(error: unknown, given: Terminal): number {
  // Commander has printed its own message already; asking for --help is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (given instanceof ModalTerminal && given.failure(fieldsOf(error))) return fieldsOf(error).exitCode;
  const terminal = given instanceof ModalTerminal ? given.base : given;
  const label = terminal.paint('red', 'error:', 'err');
  const debug = process.env['PODBSD_DEBUG'] === '1';
  const failure = failureOf(error);
  if (failure !== undefined) {
    terminal.err(`${label} ${failure.doing}`);
    for (const line of failure.problem.split('\n')) terminal.err(`  ${line}`);
    if (failure.remedy !== undefined)
      terminal.err(`${terminal.paint('cyan', 'next:', 'err')}  ${failure.remedy}`);
    if (debug) terminal.err(inspect(error));
    return failure.exitCode;
  }
  terminal.err(`${label} ${messageOf(error)}`);
  terminal.err(
    '  This is a bug in podbsd. Please report it with the output of the same command and PODBSD_DEBUG=1.',
  );
  if (debug) terminal.err(inspect(error));
  return ExitCode.internal;
}

/** The same for programs. */
function fieldsOf(error: unknown): { readonly exitCode: number } & Readonly<Record<string, unknown>> {
  const { doing, problem, remedy, exitCode } = failureOf(error) ?? {
    problem: messageOf(error),
    exitCode: ExitCode.internal,
  };
  return { doing, problem, remedy, exitCode };
}

/** What the user can do something about; undefined for a bug. */
function failureOf(error: unknown): PodbsdError | Refusal | undefined {
  return error instanceof PodbsdError ? error : refusalOf(error);
}
