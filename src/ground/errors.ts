/**
 * The exit codes of every podbsd command, so that scripts can tell the cases apart.
 * Numbers 64 to 78 are those of sysexits(3) where the meaning fits.
 */
export const ExitCode = {
  ok: 0,
  /** The command did its work and the answer is "no": a check failed, a machine is not running. */
  failed: 1,
  /** The command line is wrong. */
  usage: 2,
  /** A program that podbsd ran has failed. */
  program: 10,
  /** This host cannot do the work: wrong operating system, missing program or permission. */
  host: 11,
  /** Another podbsd works on the same thing. */
  locked: 12,
  /** No space left. */
  diskFull: 13,
  /** A network peer could not be reached or did not answer in time. */
  network: 14,
  /** What was received is not what was expected: checksum, signature, host key. */
  untrusted: 15,
  /** A machine did not get ready, or not in time. */
  notReady: 16,
  /** A port (package) could not be built. */
  portFailed: 17,
  /** Input data is wrong: an image, an archive, an Ignition file. */
  data: 65,
  /** A bug in podbsd. */
  internal: 70,
  /** The configuration file is wrong. */
  config: 78,
  /** Stopped by ctrl-C, SIGTERM or the closing of the terminal. */
  interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

/** The three things a user needs to know about a failure, plus the code for scripts. */
export interface Failure {
  /** What was being done, e.g. `reading podbsd.toml`. */
  readonly doing: string;
  /** What went wrong, with the place: file, line, key, address. */
  readonly problem: string;
  /** What to do next: a command, a setting, a place to look. */
  readonly remedy?: string;
  readonly exitCode?: ExitCode;
  readonly cause?: unknown;
}

/** An error that is meant for the user: no stack trace, always the next step. */
export class PodbsdError extends Error {
  readonly doing: string;
  readonly problem: string;
  readonly remedy: string | undefined;
  readonly exitCode: ExitCode;

  constructor(failure: Failure) {
    super(`${failure.doing}: ${failure.problem}`, { cause: failure.cause });
    this.name = 'PodbsdError';
    this.doing = failure.doing;
    this.problem = failure.problem;
    this.remedy = failure.remedy;
    this.exitCode = failure.exitCode ?? ExitCode.failed;
  }
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The errno name (`ENOENT`, `ENOSPC` ...) of a system error, if it is one. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code } = error as NodeJS.ErrnoException;
  return typeof code === 'string' ? code : undefined;
}
