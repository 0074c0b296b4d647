import { realClock, type Clock } from '../ground/clock.ts';

/** Milliseconds between two presses of the power button: a guest that is still in its loader misses the first. */
const BUTTON_INTERVAL = 10_000;

export interface PowerButton {
  /** Presses it once. Must not throw when a machine that is just ending does not answer. */
  press(): Promise<void>;
  /** Waits so many milliseconds for the machine's end; true as soon as it has ended. */
  goneWithin(milliseconds: number): Promise<boolean>;
}

/**
 * Presses the power button, again every ten seconds, until the machine has ended. False when it has not ended in time.
 */
export async function pressUntilGone(
  button: PowerButton,
  {
    limitMs,
    signal,
    clock = realClock,
  }: { limitMs: number; signal?: AbortSignal | undefined; clock?: Clock },
): Promise<boolean> {
  const end = clock.now() + limitMs;
  for (;;) {
    signal?.throwIfAborted();
    const left = end - clock.now();
    if (left <= 0) return false;
    await button.press();
    if (await button.goneWithin(Math.min(BUTTON_INTERVAL, left))) return true;
  }
}
