import { engineModule } from './engine-module.ts';
import type { Timer } from './events.ts';

const os: typeof import('os') = await engineModule('os');

/** Milliseconds. So late is a timer at most after the clock was set back: as late as it is long, within these bounds. */
const watchEvery = { least: 5000, most: 60_000 } as const;
/** Milliseconds by which a clock may seem to go back without having been set. */
const tolerance = 500;

interface Pending {
  readonly action: () => void;
  /** Milliseconds. */
  readonly length: number;
  /** By the system clock, in milliseconds. */
  due: number;
  handle: ReturnType<typeof os.setTimeout> | undefined;
}

/**
 * Timers that a change of the clock does not hold up. On FreeBSD QuickJS 2025 uses the system clock: set it back by an
 * hour, and every timer is an hour late. QuickJS cannot read a monotonic clock there; but sleep(1) uses one, so while
 * there are timers a sleep runs, and the system clock is checked when it ends. Engines with monotonic timers need none
 * of it.
 */
export class Timers {
  readonly #pending = new Set<Pending>();
  readonly #sleep: (milliseconds: number, awake: () => void) => void;
  readonly #wallClock: boolean;
  #sleeping: { readonly pause: number; readonly since: number } | undefined;

  /** @param sleep starts something that ends after the time by a monotonic clock. */
  constructor(
    sleep: (milliseconds: number, awake: () => void) => void,
    wallClock = Math.abs(os.now() - Date.now()) < 60_000,
  ) {
    this.#sleep = sleep;
    this.#wallClock = wallClock;
  }

  after(milliseconds: number, action: () => void): Timer {
    const pending: Pending = {
      action,
      length: milliseconds,
      due: Date.now() + milliseconds,
      handle: undefined,
    };
    this.#pending.add(pending);
    this.#arm(pending, milliseconds);
    this.#watch();
    return {
      cancel: () => {
        if (this.#pending.delete(pending)) this.#disarm(pending);
      },
    };
  }

  #arm(pending: Pending, milliseconds: number): void {
    pending.handle = os.setTimeout(
      () => {
        this.#pending.delete(pending);
        pending.action();
      },
      Math.max(0, Math.ceil(milliseconds)),
    );
  }

  #disarm(pending: Pending): void {
    if (pending.handle !== undefined) os.clearTimeout(pending.handle);
  }

  #watch(): void {
    if (!this.#wallClock || this.#pending.size === 0) return;
    const shortest = Math.min(...[...this.#pending].map(({ length }) => length));
    const pause = Math.min(watchEvery.most, Math.max(watchEvery.least, shortest));
    if (this.#sleeping !== undefined && this.#sleeping.pause <= pause) return;
    // One that sleeps for longer is not waited for any more.
    const sleeping = { pause, since: Date.now() };
    this.#sleeping = sleeping;
    this.#sleep(pause, () => {
      if (this.#sleeping !== sleeping) return;
      this.#sleeping = undefined;
      const setBack = sleeping.since + pause - Date.now();
      if (setBack > tolerance) this.#bringForward(setBack);
      this.#watch();
    });
  }

  #bringForward(milliseconds: number): void {
    for (const pending of this.#pending) {
      this.#disarm(pending);
      pending.due -= milliseconds;
      this.#arm(pending, pending.due - Date.now());
    }
  }
}
