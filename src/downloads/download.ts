import * as fs from 'node:fs/promises';
import type { Response } from 'undici';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { hashFile } from '../disk/hash.ts';
import { ExitCode, PodbsdError, errnoOf } from '../ground/errors.ts';
import { HttpStatusError, SILENCE_LIMIT, describeFetchError, get, networkError } from './http.ts';

export interface DownloadOptions {
  readonly url: string;
  /** Where the file appears once it is complete and verified. Until then `TO.part` holds what has arrived. */
  readonly to: string;
  /** Expected SHA-256 in hexadecimal. */
  readonly sha256?: string;
  /** Further checks of the complete file, before it gets its name. A rejection throws the file away. */
  readonly verify?: (path: string) => Promise<void>;
  /** Bytes so far and in all; the total is undefined when the server does not say. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
  readonly signal?: AbortSignal;
  /** How often a broken connection is resumed; default 5. */
  readonly retries?: number;
  /** Milliseconds between two attempts; default 1000. */
  readonly pauseMs?: number;
  /** Milliseconds without data after which a connection counts as broken; default 30 seconds. */
  readonly silenceMs?: number;
}

/**
 * Downloads a file. A broken download continues where it stopped, also in the next call after podbsd was stopped.
 * @throws PodbsdError `network` when the server cannot be reached, `untrusted` when the content is not what was
 * expected.
 */
export async function download(options: DownloadOptions): Promise<void> {
  const part = `${options.to}.part`;
  await fs.mkdir(dirname(options.to), { recursive: true });
  const resumed = await transferAll(options, part);
  try {
    await check(options, part);
  } catch (error) {
    await discard(part);
    // The earlier part may be from another version of the file: once more from the beginning.
    if (!resumed) throw error;
    await transferAll(options, part);
    await check(options, part).catch(async (again: unknown) => {
      await discard(part);
      throw again;
    });
  }
  await flush(part);
  await fs.rename(part, options.to);
  await discard(part);
}

async function check({ url, sha256, verify }: DownloadOptions, part: string): Promise<void> {
  if (sha256 !== undefined) {
    const { sha256: actual } = await hashFile(part);
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

/** Transfers until the file is complete. Returns true when an earlier call had left a part. */
async function transferAll(options: DownloadOptions, part: string): Promise<boolean> {
  const { url, retries = 5, pauseMs = 1000, signal } = options;
  const had = (await sizeOf(part)) > 0;
  for (let attempt = 0; ; attempt++) {
    signal?.throwIfAborted();
    try {
      await transfer(options, part);
      return had;
    } catch (error) {
      if (signal?.aborted === true) throw error;
      if (errnoOf(error) === 'ENOSPC' || errnoOf(error) === 'EDQUOT') throw noSpace(options, error);
      const permanent = error instanceof HttpStatusError && error.status < 500;
      if (permanent || attempt >= retries)
        throw error instanceof PodbsdError ? error : networkError(url, describeFetchError(error), error);
      await sleep(pauseMs, undefined, signal === undefined ? {} : { signal });
    }
  }
}

/** No retry: it would not free any space. */
function noSpace({ url, to }: DownloadOptions, cause: unknown): PodbsdError {
  return new PodbsdError({
    doing: `downloading ${url}`,
    problem: `there is no space left for ${to}`,
    remedy: 'free some space and run the same command again; what has arrived is kept',
    exitCode: ExitCode.diskFull,
    cause,
  });
}

/** One connection: appends to the part file what the server has beyond it. Rejects when the connection breaks. */
async function transfer(options: DownloadOptions, part: string): Promise<void> {
  const { url, silenceMs = SILENCE_LIMIT } = options;
  const silence = new AbortController();
  const watchdog = setTimeout(() => silence.abort(new Error(`no data for ${silenceMs / 1000} s`)), silenceMs);
  const signals = [silence.signal, ...(options.signal === undefined ? [] : [options.signal])];
  try {
    const start = await sizeOf(part);
    const validator = await readValidator(part);
    const resume = start > 0 && validator !== undefined;
    const response = await get(url, {
      headers: {
        'accept-encoding': 'identity',
        ...(resume ? { range: `bytes=${start}-`, 'if-range': validator } : {}),
      },
      signal: AbortSignal.any(signals),
      accept: [200, 206, 416],
    });
    if (response.status === 416) {
      await response.body?.cancel();
      await discard(part);
      throw networkError(url, 'the file on the server is shorter than what has arrived');
    }
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
        watchdog.refresh();
        options.onProgress?.(done, total);
      }
      await file.truncate(done);
    } finally {
      await file.close();
    }
    if (total !== undefined && done !== total)
      throw networkError(url, `the connection ended after ${done} of ${total} bytes`);
  } finally {
    clearTimeout(watchdog);
  }
}

/** A server may only send what was asked for: `Content-Range: bytes START-END/TOTAL`. */
function rangeStart(response: Response, url: string, expected: number): number {
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (Number(start) === expected) return expected;
  throw networkError(url, `the server sent the part from byte ${start ?? '?'}, not from ${expected}`);
}

/**
 * A partial file is continued only when the server can promise that it is the same file (RFC 9110, 13.1.5): its strong
 * ETag, or else its date, is kept beside it.
 */
async function writeValidator(part: string, response: Response): Promise<void> {
  const etag = response.headers.get('etag');
  const validator = etag !== null && !etag.startsWith('W/') ? etag : response.headers.get('last-modified');
  if (validator === null) await fs.rm(`${part}.tag`, { force: true });
  else await fs.writeFile(`${part}.tag`, validator);
}

async function readValidator(part: string): Promise<string | undefined> {
  return await fs.readFile(`${part}.tag`, 'utf8').catch(() => undefined);
}

async function sizeOf(path: string): Promise<number> {
  return await fs.stat(path).then(
    (found) => found.size,
    () => 0,
  );
}

async function discard(part: string): Promise<void> {
  await fs.rm(part, { force: true });
  await fs.rm(`${part}.tag`, { force: true });
}

async function flush(path: string): Promise<void> {
  const file = await fs.open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}
