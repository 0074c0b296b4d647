import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { limitAdvice } from '../ground/limit-advice.ts';
import { formatArgv } from '../ground/quote.ts';
import type { Argv } from './host.ts';

/**
 * How a program failed, for code that decides by it; texts are for people only.
 *
 * - `no-program`: nothing of that name is installed.
 * - `no-start`: it is there but could not be started: no permission, no such working directory.
 * - `exit`: it ended with an exit code that is not ok.
 * - `signal`: a signal ended it.
 * - `timeout`: it ran out of time and was ended.
 * - `stopped`: the caller stopped it.
 * - `vanished`: it is gone, and nobody knows how it ended.
 */
export type FailureKind = 'no-program' | 'no-start' | 'exit' | 'signal' | 'timeout' | 'stopped' | 'vanished';

/** How a program ended that should have succeeded. */
export interface CommandFailure {
  readonly argv: Argv;
  readonly hostName: string;
  readonly kind: FailureKind;
  readonly exitCode: number | undefined;
  /** Name of the signal that ended the program, e.g. `SIGKILL`. */
  readonly signal?: string | undefined;
  /** With `no-start`: why. */
  readonly reason?: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program ended with an exit code that was not expected, by a signal, or could not be started at all. */
export class CommandError extends PodbsdError {
  readonly failure: CommandFailure;

  constructor(failure: CommandFailure, cause?: unknown) {
    const { argv, hostName } = failure;
    const how = describe(failure);
    const last = lastLines(failure.stderr.trim() === '' ? failure.stdout : failure.stderr, 10);
    // The C library's words, which every program prints.
    const isFull = /No space left on device|Dis[ck] quota exceeded/.test(last);
    const remedy = isFull
      ? 'free space there, then run the same command again'
      : limitAdvice(`${how}\n${last}`);
    super({
      doing: `running \`${formatArgv(argv)}\` on ${hostName}`,
      problem: last === '' ? how : `${how}\n${last}`,
      ...(remedy === undefined ? {} : { remedy }),
      exitCode: isFull ? ExitCode.diskFull : failure.kind === 'no-program' ? ExitCode.host : ExitCode.program,
      cause,
    });
    this.name = 'CommandError';
    this.failure = failure;
  }
}

/** Whether a program failed in this way, whatever host it was to run on. */
export function failedBy(error: unknown, kind: FailureKind): error is CommandError {
  return error instanceof CommandError && error.failure.kind === kind;
}

function describe({ kind, exitCode, signal, reason }: CommandFailure): string {
  switch (kind) {
    case 'no-program':
      return 'no such program';
    case 'no-start':
      return `could not be started: ${reason ?? 'unknown reason'}`;
    case 'exit':
      return `exit code ${exitCode ?? 'unknown'}`;
    case 'signal':
      return `ended by signal ${signal ?? 'unknown'}`;
    case 'timeout':
      return 'did not end in time and was stopped';
    case 'stopped':
      return 'stopped on request';
    case 'vanished':
      return 'vanished without an exit status (was the machine restarted?)';
  }
}

/** The last `count` lines of a text, without the newline at its end. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
