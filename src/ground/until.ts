import { realClock, type Clock } from './clock.ts';

export interface UntilOptions {
  /** Milliseconds between the end of one look and the next. */
  readonly every: number;
  /** Milliseconds after which it is given up; without it the waiting ends with the answer or the signal only. */
  readonly within?: number;
  /** Ends the waiting with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

/**
 * Looks again and again until there is an answer, and hands it out; undefined when the time was up first. It looks at
 * once and a last time when the time is up, so that a slow computer never misses what has happened meanwhile. What
 * `look` throws ends the waiting.
 */
export async function until<T>(
  look: () => T | undefined | Promise<T | undefined>,
  { every, within = Infinity, signal, clock = realClock }: UntilOptions,
): Promise<T | undefined> {
  const end = clock.now() + within;
  for (;;) {
    signal?.throwIfAborted();
    const left = end - clock.now();
    const answer = await look();
    if (answer !== undefined || left <= 0) return answer;
    await clock.sleep(Math.min(every, left), signal);
  }
}
