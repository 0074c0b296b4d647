import type { Child, Events } from '../../system/events.ts';
import type { Argv } from '../../system/system.ts';
import { pauseAfter } from './pause.ts';

/** Milliseconds after which a stream counts as one that works. */
const settled = 60_000;
/** Seconds that are asked for twice, so that nothing falls between two streams. */
const overlap = 2;

export interface StreamOptions {
  readonly events: Events;
  readonly podman: string;
  readonly onLine: (line: string) => void;
  /** A stream was started: what happened before it began must be found in another way. */
  readonly onOpen: () => void;
  readonly log: (message: string) => void;
}

/** `podman events`, started again whenever it ends. */
export class Stream {
  readonly #options: StreamOptions;
  #child: Child | undefined;
  #failures = 0;
  #stopped = false;

  constructor(options: StreamOptions) {
    this.#options = options;
    this.#open();
  }

  stop(): void {
    this.#stopped = true;
    this.#child?.signal('TERM');
  }

  #open(): void {
    const { events, podman, onLine, onOpen, log } = this.#options;
    const since = Math.floor(Date.now() / 1000) - overlap;
    const follow = ['events', '--format', 'json', '--filter', 'type=container', '--since', String(since)];
    const argv: Argv = [podman, ...follow];
    const works = events.after(settled, () => (this.#failures = 0));
    this.#child = events.start(argv, {
      errorsToo: true,
      onLine: (line) => {
        if (/^Error: /.test(line)) log(`podman events: ${line}`);
        else onLine(line);
      },
      onExit: (code) => {
        works.cancel();
        this.#ended(code);
      },
    });
    onOpen();
  }

  #ended(code: number): void {
    if (this.#stopped) return;
    const pause = pauseAfter(this.#failures++);
    this.#options.log(`podman events ended with ${code} and is started again in ${pause} ms`);
    this.#options.events.after(pause, () => {
      if (!this.#stopped) this.#open();
    });
  }
}
