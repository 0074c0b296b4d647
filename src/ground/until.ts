import { realClock, type Clock } from './clock.ts';

export interface UntilOptions {
  /** Milliseconds between two attempts. */
  readonly every: number;
  /** Time limit in milliseconds; without it only an answer or the signal ends the waiting. */
  readonly within?: number;
  /** Ends the waiting with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

/**
 * Polls until there is an answer and returns it; undefined when time runs out first. `look` is called at once and a
 * last time at the end, so that a slow computer never misses what has happened meanwhile. An error of `look` ends the
 * waiting.
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
