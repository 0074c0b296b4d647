import type { Events } from '../../system/events.ts';
import type { Argv } from '../../system/system.ts';

/** Milliseconds after which a query no longer keeps others waiting; its answer is still used. */
const slow = 5000;
/** Milliseconds after which no answer is expected. */
const never = 60_000;
/** Each is a process of some forty megabytes. */
const atOnce = 4;

export interface Answer {
  readonly code: number;
  readonly lines: readonly string[];
}

/**
 * Runs podman's queries in order, a few at once. podman waits for the lock of a container: a query about one that hangs
 * does not block the others for long.
 */
export class Asking {
  readonly #events: Events;
  readonly #waiting: (() => void)[] = [];
  #places = atOnce;

  constructor(events: Events) {
    this.#events = events;
  }

  /** @param then is called with the answer; its code is not 0 when none came. */
  ask(argv: Argv, then: (answer: Answer) => void): void {
    this.#waiting.push(() => this.#start(argv, then));
    this.#next();
  }

  #next(): void {
    if (this.#places === 0) return;
    const start = this.#waiting.shift();
    if (start === undefined) return;
    this.#places--;
    start();
  }

  #start(argv: Argv, then: (answer: Answer) => void): void {
    const lines: string[] = [];
    let holds = true;
    const leave = (): void => {
      if (!holds) return;
      holds = false;
      this.#places++;
      this.#next();
    };
    const isSlow = this.#events.after(slow, leave);
    const isLost = this.#events.after(never, () => child.signal('KILL'));
    const child = this.#events.start(argv, {
      onLine: (line) => void lines.push(line),
      onExit: (code) => {
        isSlow.cancel();
        isLost.cancel();
        leave();
        then({ code, lines });
      },
    });
  }
}
