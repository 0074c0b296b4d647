import type { Events } from '../../system/events.ts';
import type { Asking } from './asking.ts';
import { isContainerId } from './container.ts';
import { pauseAfter } from './pause.ts';

export interface ScanOptions {
  readonly events: Events;
  readonly asking: Asking;
  /** The program, by its path. */
  readonly podman: string;
  readonly log: (message: string) => void;
  /** Called as podman is asked. What it answers takes the ids of the containers that run. */
  readonly onAsked: () => (running: ReadonlySet<string>) => void;
}

/**
 * Asks podman which containers run, with one question at a time: a podman that fails for hours is not asked more and more
 * often.
 */
export class Scan {
  readonly #options: ScanOptions;
  /** Stale: something may have happened since podman was asked. */
  #state: 'idle' | 'asked' | 'stale' = 'idle';
  #failed = 0;

  constructor(options: ScanOptions) {
    this.#options = options;
  }

  ask(): void {
    if (this.#state !== 'idle') {
      this.#state = 'stale';
      return;
    }
    this.#state = 'asked';
    const { events, asking, podman, log, onAsked } = this.#options;
    const take = onAsked();
    asking.ask([podman, 'ps', '--quiet', '--no-trunc'], ({ code, lines }) => {
      if (code !== 0) {
        const pause = pauseAfter(this.#failed++);
        log(`podman ps failed with exit code ${code}; it is asked again in ${pause} ms`);
        events.after(pause, () => this.#askOnceMore());
        return;
      }
      this.#failed = 0;
      if (this.#state === 'stale') this.#askOnceMore();
      else this.#state = 'idle';
      take(new Set(lines.map((line) => line.trim()).filter(isContainerId)));
    });
  }

  #askOnceMore(): void {
    this.#state = 'idle';
    this.ask();
  }
}
