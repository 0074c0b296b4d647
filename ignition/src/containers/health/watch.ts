import type { Child, Events, Timer } from '../../system/events.ts';
import type { Argv } from '../../system/system.ts';
import type { HealthCheck, Inspected, Rhythm } from './container.ts';

/** Milliseconds that podman may take beyond the time it gives the command. */
const patience = 60_000;
/** Milliseconds between asking podman to end and ending it. */
const grace = 10_000;

export interface WatchOwner {
  readonly events: Events;
  readonly podman: string;
  /** Something that status shows has changed. */
  changed(): void;
  /** podman could not run the check. */
  refused(id: string, why: string): void;
  /** The container is no longer what it was: it has ended, or has no check any more. */
  changedMeanwhile(id: string): void;
  /** podman has taken far longer than it should. */
  hung(id: string): void;
}

/**
 * The checks of one container: the first at once when it starts, each further one an interval after the end of the one
 * before, as systemd's timers do it on Linux. Two never run at the same time.
 */
export class Watch {
  readonly id: string;
  name: string;
  health: string;
  check: HealthCheck;
  startedAt: string;
  /** How often in a row podman has not known the container, of which no end was heard. */
  denials = 0;
  readonly #owner: WatchOwner;
  #successes = 0;
  #timer: Timer | undefined;
  #running: Child | undefined;
  /** The container has ended, and no check may run for it. */
  #halted = false;
  /** It was started again while a check of its previous run was still running. */
  #again = false;
  /** What the last check has printed, as long as no event has told the container's health. */
  #said: string | undefined;

  constructor(owner: WatchOwner, container: Inspected, check: HealthCheck) {
    this.#owner = owner;
    this.id = container.id;
    this.name = container.name;
    this.health = container.health || 'starting';
    this.check = check;
    this.startedAt = container.startedAt;
    // A startup check that needs one success has passed when podman calls the container healthy.
    if (check.startup?.successes === 1 && container.health === 'healthy') this.#successes = 1;
    this.#run();
  }

  isStartingUp(): boolean {
    return this.check.startup !== undefined && this.#successes < this.check.startup.successes;
  }

  /** Milliseconds from the end of a check to the next. */
  get interval(): number {
    return this.#rhythm.interval;
  }

  /** A check runs at this moment. */
  get busy(): boolean {
    return this.#running !== undefined;
  }

  get halted(): boolean {
    return this.#halted;
  }

  /** It is gone. */
  get gone(): boolean {
    return this.#halted && !this.busy;
  }

  /** The container as podman sees it now: it may have been started again, or been given another check. */
  update(container: Inspected, check: HealthCheck): void {
    const restarted = container.startedAt !== this.startedAt;
    this.denials = 0;
    const otherRhythm = this.#halted || JSON.stringify(check) !== JSON.stringify(this.check);
    this.name = container.name;
    this.check = check;
    this.startedAt = container.startedAt;
    this.#halted = false;
    if (restarted) {
      this.#successes = 0;
      this.health = container.health || 'starting';
    }
    if (restarted || otherRhythm) this.#restart();
    this.#owner.changed();
  }

  /** The container has ended. A check that still runs ends by itself. */
  halt(): void {
    this.#halted = true;
    this.#again = false;
    this.#timer?.cancel();
  }

  get #rhythm(): Rhythm {
    return this.check.startup !== undefined && this.isStartingUp() ? this.check.startup : this.check;
  }

  #restart(): void {
    this.#timer?.cancel();
    if (this.busy) this.#again = true;
    else this.#run();
  }

  #run(): void {
    const { events, podman } = this.#owner;
    const argv: Argv = [podman, 'healthcheck', 'run', this.id];
    const words: string[] = [];
    this.#show(this.#said);
    this.#said = undefined;
    const limit = events.after(this.#rhythm.timeout + patience, () => this.#end(child));
    const child = events.start(argv, {
      errorsToo: true,
      onLine: (line) => {
        if (words.length < 20) words.push(line);
      },
      onExit: (code) => {
        limit.cancel();
        this.#running = undefined;
        this.#ended(code, words);
      },
    });
    this.#running = child;
  }

  #end(child: Child): void {
    this.#owner.hung(this.id);
    child.signal('TERM');
    this.#owner.events.after(grace, () => child.signal('KILL'));
  }

  #ended(code: number, words: readonly string[]): void {
    if (this.#halted) {
      this.#owner.changed();
      return;
    }
    if (this.#again) {
      this.#again = false;
      this.#run();
      return;
    }
    const wasStartingUp = this.isStartingUp();
    if (code === 0 && wasStartingUp) this.#successes++;
    this.#learn(code, words);
    // The regular check follows the startup check at once.
    const passed = wasStartingUp && !this.isStartingUp();
    if (passed) this.#owner.changed();
    const pause = passed ? 0 : this.interval;
    this.#timer = this.#owner.events.after(pause, () => this.#run());
    const meaning = meaningOf(code, words);
    if (meaning === 'refused') this.#owner.refused(this.id, words.at(-1) ?? `exit code ${code}`);
    if (meaning !== 'run') this.#owner.changedMeanwhile(this.id);
  }

  /**
   * What a failed check prints is its own result and not the container's health, which takes a number of failures, and
   * none in the start period. The event tells; where none has come by the next check (`healthcheck_events=false`) the
   * result has to do.
   */
  #learn(code: number, words: readonly string[]): void {
    if (code === 0) this.#show('healthy');
    else this.#said = words.map((line) => line.trim()).find((line) => /^(starting|unhealthy)$/.test(line));
  }

  /** What an event says of its health. */
  hear(health: string | undefined): void {
    this.#said = undefined;
    this.#show(health);
  }

  #show(health: string | undefined): void {
    if (health === undefined || health === this.health) return;
    this.health = health;
    this.#owner.changed();
  }
}

/**
 * podman ends with 0 when the check has passed and with 1 when it has failed. With 125 it has an error: one that the
 * check took too long, which it has counted as a failure, or that the container is gone.
 */
function meaningOf(code: number, words: readonly string[]): 'run' | 'gone' | 'refused' {
  const error = words.join('\n');
  if (code === 0 || code === 1 || /command exceeded timeout/.test(error)) return 'run';
  return /is not running|no such container|no container with|has no defined healthcheck/.test(error)
    ? 'gone'
    : 'refused';
}
