import type { Response } from 'undici';
import { ExitCode, PodbsdError, messageOf } from '../ground/errors.ts';

/** Milliseconds without a single byte after which a server counts as silent. */
export const SILENCE_LIMIT = 30_000;

/**
 * Sends a request. Only the answers named are accepted; anything else is an error that names the address. A redirect
 * from https to http is none of them: it would throw away what the first address promised.
 */
export async function get(
  url: string,
  options: {
    readonly method?: 'GET' | 'HEAD';
    readonly headers?: Record<string, string>;
    readonly signal: AbortSignal;
    readonly accept?: readonly number[];
  },
): Promise<Response> {
  let response: Response;
  try {
    // Loaded when it is used: most commands download nothing.
    const { proxiedFetch } = await import('./proxied-fetch.ts');
    response = await proxiedFetch(url, {
      method: options.method ?? 'GET',
      headers: options.headers ?? {},
      signal: options.signal,
    });
  } catch (error) {
    if (error instanceof PodbsdError) throw error;
    throw networkError(url, describeFetchError(error), error);
  }
  const lost = url.startsWith('https:') && response.url.startsWith('http:');
  if (!lost && (options.accept ?? [200]).includes(response.status)) return response;
  await response.body?.cancel();
  if (lost)
    throw networkError(url, `the server sends the download on to ${response.url}, without encryption`);
  throw new HttpStatusError(url, response.status, response.statusText);
}

/** The server answered with another status than the accepted ones. */
export class HttpStatusError extends PodbsdError {
  readonly status: number;

  constructor(url: string, status: number, statusText: string) {
    super({
      doing: `downloading ${url}`,
      problem: `the server answered ${status} ${statusText}`.trimEnd(),
      remedy: 'check the address; if it is right, try again later',
      exitCode: ExitCode.network,
    });
    this.status = status;
  }
}

export interface SmallOptions {
  readonly signal?: AbortSignal | undefined;
  readonly maxBytes?: number;
  /** Milliseconds for the whole answer. */
  readonly limitMs?: number | undefined;
}

/** The whole of a small text. */
export async function getText(url: string, options: SmallOptions = {}): Promise<string> {
  return (await getBytes(url, options)).toString('utf8');
}

/** The whole of a small file. */
export async function getBytes(url: string, options: SmallOptions = {}): Promise<Buffer> {
  const { maxBytes = 1024 * 1024 } = options;
  const response = await untilStopped(options, (signal) => get(url, { signal }));
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += (chunk as Uint8Array).length;
      if (size > maxBytes) throw networkError(url, `the answer is larger than ${maxBytes} bytes`);
      chunks.push(chunk as Uint8Array);
    }
  } catch (error) {
    options.signal?.throwIfAborted();
    if (error instanceof PodbsdError) throw error;
    throw networkError(url, describeFetchError(error), error);
  }
  return Buffer.concat(chunks);
}

/**
 * Bytes of a file, without fetching it; undefined when the server has it and does not say.
 * @throws HttpStatusError when the server does not have it.
 */
export async function getSize(
  url: string,
  options: Omit<SmallOptions, 'maxBytes'> = {},
): Promise<number | undefined> {
  const headers = { 'accept-encoding': 'identity' };
  const response = await untilStopped(options, (signal) => get(url, { method: 'HEAD', headers, signal }));
  const length = response.headers.get('content-length');
  return length === null ? undefined : Number(length);
}

/** Whoever stops it is told no failure of the network. */
async function untilStopped<T>(options: SmallOptions, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  try {
    return await work(limited(options));
  } catch (error) {
    options.signal?.throwIfAborted();
    throw error;
  }
}

function limited({ signal, limitMs = SILENCE_LIMIT }: SmallOptions): AbortSignal {
  const limit = AbortSignal.timeout(limitMs);
  return signal === undefined ? limit : AbortSignal.any([limit, signal]);
}

export function networkError(url: string, problem: string, cause?: unknown): PodbsdError {
  return new PodbsdError({
    doing: `downloading ${url}`,
    problem,
    remedy: 'check the network and run the same command again; what has arrived is kept',
    exitCode: ExitCode.network,
    cause,
  });
}

/** `fetch failed` alone says nothing; the reason is in the cause. */
export function describeFetchError(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? messageOf(error) : `${messageOf(error)}: ${messageOf(cause)}`;
}
