import { vi } from 'vitest';

/** Below the time limit of a test, so that what has not come about is told, and not only that time has run out. */
const LIMIT = 300_000;

/**
 * Waits until `look` neither throws nor rejects, and returns its answer. There is no shorter time to choose: how long it
 * takes says something about the computer only.
 */
export async function eventually<T>(look: () => T | Promise<T>): Promise<T> {
  return await vi.waitFor(look, { timeout: LIMIT, interval: 50 });
}
