import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { hashFile } from '../disk/hash.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { HttpStatusError } from './http.ts';
import { discard, finish, partOf } from './part-file.ts';
import { transferAll } from './transfer.ts';

export interface DownloadOptions {
  readonly url: string;
  /** Further addresses of the same file, tried in order when that one does not give it. */
  readonly mirrors?: readonly string[];
  /** Where the file appears once it is complete and verified. Until then `TO.part` holds what has arrived. */
  readonly to: string;
  /** Expected SHA-256 in hexadecimal. */
  readonly sha256?: string | undefined;
  /** Further checks of the complete file, before it gets its name. A rejection throws the file away. */
  readonly verify?: (path: string) => Promise<void>;
  /** Bytes so far and in all; the total is undefined when the server does not say. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  /** An address did not give the file, and the next one is tried. */
  readonly onNextMirror?: (failure: PodbsdError, next: string) => void;
  readonly signal?: AbortSignal | undefined;
  /** How many attempts in a row may bring nothing before the server is given up; default 5. */
  readonly retries?: number | undefined;
  /** Milliseconds between two attempts; they grow. Default 1000. */
  readonly pauseMs?: number;
  /** Milliseconds without data after which a connection counts as broken; default 30 seconds. */
  readonly silenceMs?: number;
}

/** Where there is another server, a silent one is given up sooner. */
const RETRIES = { last: 5, others: 1 } as const;

/**
 * Downloads a file. A broken download continues where it stopped, also in the next call after podbsd was stopped, and
 * with a checksum also from another mirror.
 * @throws PodbsdError `network` when the server cannot be reached, `untrusted` when the content is not what was
 * expected; with mirrors DownloadFailed, when none gave the file.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const { to, mirrors = [], signal } = options;
  const part = partOf(to);
  await mkdir(dirname(to), { recursive: true });
  const failures: PodbsdError[] = [];
  for (const [index, url] of [options.url, ...mirrors].entries())
    try {
      await fromServer(options, url, part, index < mirrors.length);
      await finish(part, to);
      return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!isOfServer(error)) throw error;
      failures.push(error);
      const next = mirrors[index];
      if (next !== undefined) options.onNextMirror?.(error, next);
    }
  const [only, ...others] = failures;
  throw only !== undefined && others.length === 0 ? only : new DownloadFailed(failures);
}

/** None of several servers gave a file. */
export class DownloadFailed extends PodbsdError {
  readonly failures: readonly PodbsdError[];

  constructor(failures: readonly PodbsdError[]) {
    const last = failures.at(-1);
    super({
      doing: `downloading from ${failures.length} servers`,
      problem: failures.map(({ doing, problem }) => `${doing}: ${problem}`).join('\n'),
      ...(last?.remedy === undefined ? {} : { remedy: last.remedy }),
      exitCode: failures.every(({ exitCode }) => exitCode === ExitCode.untrusted)
        ? ExitCode.untrusted
        : ExitCode.network,
      cause: last,
    });
    this.failures = failures;
  }
}

/** Whether servers have answered, all of them, that they do not have the file. */
export function isAbsent(error: unknown): boolean {
  if (error instanceof DownloadFailed) return error.failures.every(isAbsent);
  return error instanceof HttpStatusError && (error.status === 404 || error.status === 410);
}

function isOfServer(error: unknown): error is PodbsdError {
  return (
    error instanceof PodbsdError &&
    (error.exitCode === ExitCode.network || error.exitCode === ExitCode.untrusted)
  );
}

async function fromServer(
  options: DownloadOptions,
  url: string,
  part: string,
  hasNext: boolean,
): Promise<void> {
  const { to, sha256, onProgress, signal, pauseMs = 1000, silenceMs } = options;
  const retries = Math.min(options.retries ?? RETRIES.last, hasNext ? RETRIES.others : Infinity);
  const transfer = {
    url,
    to,
    checked: sha256 !== undefined,
    onProgress,
    signal,
    retries,
    pauseMs,
    silenceMs,
  };
  const resumed = await transferAll(transfer, part);
  try {
    await check(options, url, part);
  } catch (error) {
    await discard(part);
    // The earlier part may be from another version of the file: once more from the beginning.
    if (!resumed) throw error;
    await transferAll(transfer, part);
    await check(options, url, part).catch(async (again: unknown) => {
      await discard(part);
      throw again;
    });
  }
}

async function check({ sha256, verify, signal }: DownloadOptions, url: string, part: string): Promise<void> {
  if (sha256 !== undefined) {
    const { sha256: actual } = await hashFile(part, { signal });
    if (actual !== sha256.toLowerCase())
      throw new PodbsdError({
        doing: `checking ${url}`,
        problem: `the SHA-256 checksum is ${actual}, expected ${sha256}`,
        remedy: 'run the same command again; if it happens again, the server or a proxy changes the file',
        exitCode: ExitCode.untrusted,
      });
  }
  await verify?.(part);
}
