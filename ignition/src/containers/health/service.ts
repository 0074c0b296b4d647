import type { Events } from '../../system/events.ts';
import { Asking } from './asking.ts';
import { parseInspect, type Inspected } from './container.ts';
import { parseEvent } from './event.ts';
import { Scan } from './scan.ts';
import { Stream } from './stream.ts';
import { Watch, type WatchOwner } from './watch.ts';

/** Milliseconds. How often to look for what the stream of events may have missed. */
const lookAround = 300_000;
/** How often in a row podman may deny a container that nothing has been heard to happen to. */
const mostDenials = 3;
/** Milliseconds until podman is asked again what it has not answered. */
const askAgain = 2000;

export interface HealthOptions {
  readonly events: Events;
  /** The program, by its path. */
  readonly podman: string;
  readonly log: (message: string) => void;
  /** Called after something has changed that `podbsd-agent status` shows. */
  readonly changed: (watched: readonly Watch[]) => void;
}

/**
 * Runs the health checks of all containers, which on Linux systemd's timers do for podman, and nothing does on FreeBSD.
 * Everything but the time at which they run is podman's: `podman healthcheck run` counts, logs, sends events and acts.
 */
export class HealthService implements WatchOwner {
  readonly events: Events;
  readonly podman: string;
  readonly #options: HealthOptions;
  readonly #asking: Asking;
  readonly #scan: Scan;
  readonly #watches = new Map<string, Watch>();
  /** Containers that run without a check. Only `podman update` gives them one. */
  readonly #plain = new Set<string>();
  /** Containers about which podman is being asked; true: something has happened to them since. */
  readonly #asked = new Map<string, boolean>();
  #stream: Stream | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
    this.events = options.events;
    this.podman = options.podman;
    this.#asking = new Asking(options.events);
    this.#scan = new Scan({
      events: options.events,
      asking: this.#asking,
      podman: options.podman,
      log: (message) => options.log(message),
      onAsked: () => this.#compare(),
    });
  }

  /** Follows podman from now on, and finds the containers that run already. */
  start(): void {
    this.#stream = new Stream({
      events: this.events,
      podman: this.podman,
      onLine: (line) => this.#hear(line),
      onOpen: () => this.#scan.ask(),
      log: (message) => this.#options.log(message),
    });
    this.#lookAround();
  }

  /** Running checks are left to finish: podman would leave a killed one half done. */
  stop(): void {
    this.#stream?.stop();
    for (const watch of this.#watches.values()) watch.halt();
  }

  changed(): void {
    for (const [id, watch] of this.#watches) if (watch.gone) this.#watches.delete(id);
    this.#options.changed([...this.#watches.values()].filter((watch) => !watch.halted));
  }

  refused(id: string, why: string): void {
    this.#options.log(`health check of ${this.#name(id)}: ${why}`);
  }

  changedMeanwhile(id: string): void {
    this.#inspect(id);
  }

  hung(id: string): void {
    this.#options.log(`health check of ${this.#name(id)}: podman does not finish and is stopped`);
  }

  #name(id: string): string {
    return this.#watches.get(id)?.name ?? id.slice(0, 12);
  }

  #hear(line: string): void {
    const event = parseEvent(line);
    if (event === undefined) return;
    const watch = this.#watches.get(event.id);
    switch (event.what) {
      case 'begun':
        this.#inspect(event.id);
        break;
      case 'changed':
        this.#inspect(event.id);
        break;
      case 'renamed':
        if (watch !== undefined) this.#inspect(event.id);
        break;
      case 'checked':
        watch?.hear(event.health);
        break;
      case 'ended':
        this.#plain.delete(event.id);
        if (watch === undefined && !this.#asked.has(event.id)) break;
        watch?.halt();
        this.changed();
        // podman cleans up after a container when it may already run again.
        this.#inspect(event.id);
        break;
    }
  }

  #lookAround(): void {
    this.events.after(lookAround, () => {
      this.#scan.ask();
      this.#lookAround();
    });
  }

  /** Watches the containers that run. Those that do not are no longer watched, whatever was missed. */
  #compare(): (running: ReadonlySet<string>) => void {
    const before = new Set(this.#watches.keys());
    return (running) => {
      for (const id of this.#plain) if (!running.has(id)) this.#plain.delete(id);
      for (const id of running) if (!this.#plain.has(id)) this.#inspect(id);
      for (const id of before) if (!running.has(id)) this.#inspect(id);
    };
  }

  #inspect(id: string): void {
    if (this.#asked.has(id)) {
      this.#asked.set(id, true);
      return;
    }
    this.#asked.set(id, false);
    this.#asking.ask([this.podman, 'inspect', '--type', 'container', id], ({ code, lines }) => {
      const stale = this.#asked.get(id) === true;
      this.#asked.delete(id);
      if (stale) this.#inspect(id);
      else this.#learn(id, code, lines.join('\n'));
    });
  }

  #learn(id: string, code: number, text: string): void {
    // 125: there is no such container any more, or podman has a problem, such as a database that is locked. Everything
    // else is a problem of podman, not of the container.
    const watch = this.#watches.get(id);
    if (code === 125 && watch?.halted === false && ++watch.denials < mostDenials)
      this.#askAgain(id, 'ended with 125');
    else if (code === 125) this.#forget(id);
    else if (code === 0) this.#take(id, text);
    else this.#askAgain(id, `ended with ${code}`);
  }

  #askAgain(id: string, why: string): void {
    this.#options.log(`podman inspect ${this.#name(id)} ${why}; it is asked again`);
    this.events.after(askAgain, () => this.#inspect(id));
  }

  #take(id: string, text: string): void {
    let container: Inspected;
    try {
      container = parseInspect(text);
    } catch {
      this.#askAgain(id, 'gives an unexpected answer');
      return;
    }
    const { check } = container;
    if (container.running && check === undefined) this.#plain.add(id);
    else this.#plain.delete(id);
    if (!container.running || check === undefined) {
      this.#forget(id);
      return;
    }
    const watch = this.#watches.get(id);
    if (watch === undefined) this.#watches.set(id, new Watch(this, container, check));
    else watch.update(container, check);
    this.changed();
  }

  #forget(id: string): void {
    this.#watches.get(id)?.halt();
    this.changed();
  }
}
