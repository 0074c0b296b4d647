import { setTimeout as sleep } from 'node:timers/promises';

/** The clock for code that waits; tests replace it with one that they advance by hand. */
export interface Clock {
  /** Monotonic milliseconds, independent of the system's date. */
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
