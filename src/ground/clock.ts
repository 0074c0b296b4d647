import { setTimeout as sleep } from 'node:timers/promises';

/** What code that waits needs to know of time; tests put one in its place that they move by hand. */
export interface Clock {
  /** Milliseconds that only ever grow, whatever happens to the computer's date. */
  now(): number;
  /** Resolves after so many milliseconds; rejects with the signal's reason when that comes first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const realClock: Clock = {
  now: () => performance.now(),
  sleep: async (milliseconds, signal) => {
    signal?.throwIfAborted();
    try {
      await sleep(milliseconds, undefined, signal === undefined ? {} : { signal });
    } catch (error) {
      // Node's own AbortError hides why it was stopped.
      signal?.throwIfAborted();
      throw error;
    }
  },
};
