import { ExitCode, PodbsdError, errnoOf, messageOf } from '../ground/errors.ts';
import { CommandError, lastLines } from '../host/command-error.ts';
import type { Stage } from './stage.ts';

/** Lines from the end of the log in which the cause is searched; earlier ones may quote sources with similar text. */
const CAUSE_LINES = 1000;

/**
 * Turns whatever ended a stage into an error for the user: which stage, what went wrong, where the log is and how to go
 * on. Errors that a stage has worded itself keep their text.
 */
export function stageFailure(
  error: unknown,
  stage: Stage,
  logFile: string,
  signal: AbortSignal,
): PodbsdError {
  // Checks keep no log, and their errors need no context.
  if (stage.checksOnly === true && error instanceof PodbsdError && !(error instanceof CommandError))
    return error;
  const doing = `stage ${stage.name} (${stage.title})`;
  const log = `log: ${logFile}`;
  if (signal.aborted)
    return new PodbsdError({
      doing,
      problem: `${messageOf(signal.reason)}; what was finished is kept`,
      remedy: 'run the same command again to go on from here',
      exitCode: ExitCode.interrupted,
      cause: error,
    });
  const text =
    error instanceof CommandError
      ? [error.failure.stderr, error.failure.stdout].map((part) => lastLines(part, CAUSE_LINES)).join('\n')
      : messageOf(error);
  // What a stage has worded itself (a failed port with its log) may quote such a line and says more.
  const worded = error instanceof PodbsdError && !(error instanceof CommandError);
  if (errnoOf(error) === 'ENOSPC' || (!worded && /no space left on device|disc quota exceeded/i.test(text)))
    return new PodbsdError({
      doing,
      problem: `no space left: ${firstLine(text, /no space left|quota exceeded/i)}\n${log}`,
      remedy:
        'free space (or raise [build] size when the image itself is full), then run the same command again',
      exitCode: ExitCode.diskFull,
      cause: error,
    });
  if (error instanceof CommandError && NETWORK.test(text))
    return new PodbsdError({
      doing,
      problem: `${error.message}\n${log}`,
      remedy:
        'check the network, name resolution and proxy of the build host, then run the same command again',
      exitCode: ExitCode.network,
      cause: error,
    });
  if (REFUSED.has(errnoOf(error) ?? ''))
    return new PodbsdError({
      doing,
      problem: messageOf(error),
      remedy: 'make that place writable, then run the same command again',
      exitCode: ExitCode.host,
      cause: error,
    });
  if (error instanceof PodbsdError)
    return new PodbsdError({
      doing,
      problem: `${error.doing}: ${error.problem}\n${log}`,
      remedy: error.remedy ?? 'read the log, correct the cause, then run the same command again',
      exitCode: error.exitCode,
      cause: error,
    });
  return new PodbsdError({
    doing,
    problem: `${messageOf(error)}\n${log}`,
    remedy: 'this looks like a bug in podbsd; please report it with the log',
    exitCode: ExitCode.internal,
    cause: error,
  });
}

/** How the system says that a place cannot be written. */
const REFUSED = new Set(['EACCES', 'EPERM', 'EROFS']);

/** How git, fetch(1), pkg(8) and Poudriere say that a peer cannot be reached. */
const NETWORK =
  /could not resolve host|no address record|name (does not|could not) resolve|network is unreachable|no route to host|connection (refused|timed out|reset)|transfer timed out|failed to connect/i;

function firstLine(text: string, pattern: RegExp): string {
  return (
    text
      .split('\n')
      .find((line) => pattern.test(line))
      ?.trim() ?? ''
  );
}
