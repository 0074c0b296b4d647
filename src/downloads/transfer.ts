import * as fs from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Response } from 'undici';
import { ExitCode, PodbsdError, errnoOf } from '../ground/errors.ts';
import { HttpStatusError, SILENCE_LIMIT, describeFetchError, get, networkError } from './http.ts';
import { discard, readValidator, sizeOf, writeValidator } from './part-file.ts';

export interface Transfer {
  readonly url: string;
  /** For messages: where the file goes in the end. */
  readonly to: string;
  /** The content is checked against a checksum afterwards, so a part of it may come from another server. */
  readonly checked: boolean;
  readonly onProgress?: ((done: number, total: number | undefined) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly retries: number;
  readonly pauseMs: number;
  readonly silenceMs?: number | undefined;
}

/** Pauses grow up to this many times the first one. */
const LONGEST_PAUSE = 30;

/**
 * Transfers until the file is complete. A connection that brought something may break any number of times; what counts
 * are the attempts that bring nothing.
 * @returns true when an earlier call had left a part.
 */
export async function transferAll(options: Transfer, part: string): Promise<boolean> {
  const { url, retries, pauseMs, signal } = options;
  const before = await sizeOf(part);
  let reached = before;
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    try {
      await transfer(options, part);
      return before > 0;
    } catch (error) {
      signal?.throwIfAborted();
      if (errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT') throw noSpace(options, error);
      const now = await sizeOf(part);
      if (now > reached) attempt = 0;
      reached = now;
      if (isPermanent(error) || attempt >= retries)
        throw error instanceof PodbsdError ? error : networkError(url, describeFetchError(error), error);
      const pause = pauseMs * Math.min(2 ** attempt, LONGEST_PAUSE);
      await sleep(pause, undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** An answer that another attempt would not change. 408 and 429 ask for one. */
function isPermanent(error: unknown): boolean {
  return error instanceof HttpStatusError && error.status < 500 && ![408, 429].includes(error.status);
}

/** No retry: it would not free any space. */
function noSpace({ url, to }: Transfer, cause: unknown): PodbsdError {
  return new PodbsdError({
    doing: `downloading ${url}`,
    problem: `there is no space left for ${to}`,
    remedy: 'free some space and run the same command again; what has arrived is kept',
    exitCode: ExitCode.diskFull,
    cause,
  });
}

/** One connection: appends to the part file what the server has beyond it. Rejects when the connection breaks. */
async function transfer(options: Transfer, part: string): Promise<void> {
  const { url, silenceMs = SILENCE_LIMIT } = options;
  const silence = new AbortController();
  const watchdog = setTimeout(() => silence.abort(new Error(`no data for ${silenceMs / 1000} s`)), silenceMs);
  const signals = [silence.signal, ...(options.signal === undefined ? [] : [options.signal])];
  try {
    const start = await sizeOf(part);
    const response = await get(url, {
      headers: { 'accept-encoding': 'identity', ...(await resuming(options, part, start)) },
      signal: AbortSignal.any(signals),
      accept: [200, 206, 416],
    });
    if (response.status === 416) {
      await response.body?.cancel();
      // A podbsd that was stopped before it checked the file had received all of it.
      if (response.headers.get('content-range') === `bytes */${start}`) return;
      await discard(part);
      throw networkError(url, 'the file on the server is shorter than what has arrived');
    }
    await receive(options, part, response, start, () => watchdog.refresh());
  } finally {
    clearTimeout(watchdog);
  }
}

/** The request for what is missing, where the server or a checksum will tell whether the parts belong together. */
async function resuming(
  { checked }: Transfer,
  part: string,
  start: number,
): Promise<Readonly<Record<string, string>>> {
  if (start === 0) return {};
  const range = `bytes=${start}-`;
  if (checked) return { range };
  const validator = await readValidator(part);
  return validator === undefined ? {} : { range, 'if-range': validator };
}

async function receive(
  { url, onProgress }: Transfer,
  part: string,
  response: Response,
  start: number,
  onData: () => void,
): Promise<void> {
  const offset = response.status === 206 ? rangeStart(response, url, start) : 0;
  const length = response.headers.get('content-length');
  const total = length === null ? undefined : offset + Number(length);
  await writeValidator(part, response);
  const file = await fs.open(part, offset === 0 ? 'w' : 'r+');
  let done = offset;
  try {
    for await (const chunk of response.body ?? []) {
      const bytes = chunk as Uint8Array;
      await file.write(bytes, 0, bytes.length, done);
      done += bytes.length;
      onData();
      onProgress?.(done, total);
    }
    await file.truncate(done);
  } finally {
    await file.close();
  }
  if (total !== undefined && done !== total)
    throw networkError(url, `the connection ended after ${done} of ${total} bytes`);
}

/** A server may only send what was asked for: `Content-Range: bytes START-END/TOTAL`. */
function rangeStart(response: Response, url: string, expected: number): number {
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (Number(start) === expected) return expected;
  throw networkError(url, `the server sent the part from byte ${start ?? '?'}, not from ${expected}`);
}
