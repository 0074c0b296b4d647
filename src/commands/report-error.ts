import { inspect } from 'node:util';
import { CommanderError } from 'commander';
import { ExitCode, PodbsdError, errnoOf, messageOf } from '../ground/errors.ts';
import { ModalTerminal } from '../ground/modal-terminal.ts';
import type { Terminal } from '../ground/terminal.ts';

/** Tells the user about an error and returns the exit code. Stack traces appear only with PODBSD_DEBUG=1. */
export function reportError(error: unknown, given: Terminal): number {
  // Commander has printed its own message already; asking for --help is no error.
  if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.ok : ExitCode.usage;
  if (given instanceof ModalTerminal && given.failure(fieldsOf(error))) return fieldsOf(error).exitCode;
  const terminal = given instanceof ModalTerminal ? given.base : given;
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
  const ofSystem = refusalOf(error);
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

/** The same for programs. */
function fieldsOf(error: unknown): { readonly exitCode: number } & Readonly<Record<string, unknown>> {
  if (error instanceof PodbsdError) {
    const { doing, problem, remedy, exitCode } = error;
    return { doing, problem, remedy, exitCode };
  }
  const ofSystem = refusalOf(error);
  return { problem: messageOf(error), ...ofSystem, exitCode: ofSystem?.exitCode ?? ExitCode.internal };
}

interface Refusal {
  readonly remedy: string;
  readonly exitCode: ExitCode;
}

const permission: Refusal = {
  remedy: 'give this user permission, or choose another place',
  exitCode: ExitCode.host,
};
const space: Refusal = {
  remedy: 'free space there, then run the same command again',
  exitCode: ExitCode.diskFull,
};
const place: Refusal = {
  remedy: 'choose a place that exists; HOME, TMPDIR and the XDG variables name some',
  exitCode: ExitCode.host,
};

const network: Refusal = {
  remedy: 'check the network, then run the same command again',
  exitCode: ExitCode.network,
};
const limit = (what: string, option: string): Refusal => ({
  remedy: `allow ${what} (ulimit ${option}), then run the same command again`,
  exitCode: ExitCode.host,
});

/** A refusal by the system is not a bug, wherever it happens. The message names the call and the file. */
const refusals: Readonly<Record<string, Refusal>> = {
  EACCES: permission,
  EPERM: permission,
  EROFS: permission,
  ENOSPC: space,
  EDQUOT: space,
  ENOENT: place,
  ENOTDIR: place,
  EISDIR: place,
  ELOOP: place,
  ENAMETOOLONG: place,
  EFTYPE: place,
  EMFILE: limit('more open files', '-n'),
  ENFILE: limit('more open files', '-n'),
  EFBIG: limit('larger files', '-f'),
  EAGAIN: limit('more processes', '-u'),
  EIO: { remedy: 'check the disk: the system log says more', exitCode: ExitCode.host },
  ENOMEM: { remedy: 'end other programs, then run the same command again', exitCode: ExitCode.host },
  ECONNREFUSED: network,
  ECONNRESET: network,
  EHOSTUNREACH: network,
  ENETUNREACH: network,
  ETIMEDOUT: network,
  ENOTFOUND: network,
  EAI_AGAIN: network,
};

/** What a file system or a kernel does not offer, and what else only the system can know. */
const other: Refusal = {
  remedy: 'the message names what the system refused; try it in another place, or on another file system',
  exitCode: ExitCode.host,
};

function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Error && 'syscall' in error && error.syscall === 'uv_cwd')
    return {
      remedy: 'change to an existing folder: the current one was deleted',
      exitCode: ExitCode.host,
    };
  // The words of V8, which knows no codes, where there is no memory for what it was asked for.
  if (error instanceof Error && /out of memory|allocation failed/i.test(error.message))
    return refusals['ENOMEM'];
  const isOfSystem = error instanceof Error && 'syscall' in error && 'errno' in error;
  return refusals[errnoOf(error) ?? ''] ?? (isOfSystem ? other : undefined);
}
