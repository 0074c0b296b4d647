import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { formatArgv } from '../ground/quote.ts';
import type { Argv } from './host.ts';

/** How a program ended that should have succeeded. */
export interface CommandFailure {
  readonly argv: Argv;
  readonly hostName: string;
  readonly exitCode: number | undefined;
  /** Name of the signal that ended the program, e.g. `SIGKILL`. */
  readonly signal?: string | undefined;
  /** Why the program could not be started, or that it ran out of time. */
  readonly reason?: string | undefined;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program ended with an exit code that was not expected, by a signal, or could not be started at all. */
export class CommandError extends PodbsdError {
  readonly failure: CommandFailure;

  constructor(failure: CommandFailure, cause?: unknown) {
    const { argv, hostName, exitCode, signal, reason } = failure;
    const how =
      reason ?? (signal === undefined ? `exit code ${exitCode ?? 'unknown'}` : `ended by signal ${signal}`);
    const last = lastLines(failure.stderr.trim() === '' ? failure.stdout : failure.stderr, 10);
    super({
      doing: `running \`${formatArgv(argv)}\` on ${hostName}`,
      problem: last === '' ? how : `${how}\n${last}`,
      exitCode: ExitCode.program,
      cause,
    });
    this.name = 'CommandError';
    this.failure = failure;
  }
}

/** The last `count` lines of a text, without the newline at its end. */
export function lastLines(text: string, count: number): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
