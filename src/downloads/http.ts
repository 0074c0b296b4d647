import type { Response } from 'undici';
import { ExitCode, PodbsdError, messageOf } from '../ground/errors.ts';

/** Milliseconds without a single byte after which a server counts as silent. */
export const SILENCE_LIMIT = 30_000;

/** Sends a GET. Only the answers named are accepted; anything else is an error that names the address. */
export async function get(
  url: string,
  options: {
    readonly headers?: Record<string, string>;
    readonly signal: AbortSignal;
    readonly accept?: readonly number[];
  },
): Promise<Response> {
  let response: Response;
  try {
    // Loaded when it is used: most commands download nothing.
    const { proxiedFetch } = await import('./proxied-fetch.ts');
    response = await proxiedFetch(url, { headers: options.headers ?? {}, signal: options.signal });
  } catch (error) {
    if (error instanceof PodbsdError) throw error;
    throw networkError(url, describeFetchError(error), error);
  }
  if ((options.accept ?? [200]).includes(response.status)) return response;
  await response.body?.cancel();
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

/** The whole of a small text. */
export async function getText(
  url: string,
  options: { readonly signal?: AbortSignal; readonly maxBytes?: number } = {},
): Promise<string> {
  const { maxBytes = 1024 * 1024 } = options;
  const limit = AbortSignal.timeout(SILENCE_LIMIT);
  const signal = options.signal === undefined ? limit : AbortSignal.any([limit, options.signal]);
  const response = await get(url, { signal });
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of response.body ?? []) {
      size += (chunk as Uint8Array).length;
      if (size > maxBytes) throw networkError(url, `the answer is larger than ${maxBytes} bytes`);
      chunks.push(chunk as Uint8Array);
    }
  } catch (error) {
    if (error instanceof PodbsdError) throw error;
    throw networkError(url, describeFetchError(error), error);
  }
  return Buffer.concat(chunks).toString('utf8');
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
