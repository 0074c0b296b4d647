import { expect, it } from 'vitest';
import { HealthService } from '../../../ignition/src/containers/health/service.ts';
import type { ChildHandlers, Events } from '../../../ignition/src/system/events.ts';

/** An engine whose clock the test turns, and in which every program fails at once. */
class BrokenPodman implements Events {
  readonly pid = 1;
  readonly asked: string[] = [];
  /** What `podman inspect` prints; nothing: it fails as well. */
  inspected: string | undefined;
  #now = 0;
  #timers: { readonly at: number; readonly action: () => void }[] = [];

  start(argv: readonly string[], handlers: ChildHandlers) {
    this.asked.push(argv[1] ?? '');
    const said = argv[1] === 'inspect' ? this.inspected : undefined;
    this.after(0, () => {
      if (said !== undefined) handlers.onLine?.(said);
      handlers.onExit(said === undefined ? 125 : 0);
    });
    if (argv[1] === 'events') this.hear = (line) => handlers.onLine?.(line);
    return { pid: 2, signal: () => undefined };
  }

  /** Says something in the stream of events. */
  hear: (line: string) => void = () => undefined;

  after(milliseconds: number, action: () => void) {
    const timer = { at: this.#now + milliseconds, action };
    this.#timers.push(timer);
    return { cancel: () => void (this.#timers = this.#timers.filter((other) => other !== timer)) };
  }

  onTerminate(): void {
    // Nobody asks.
  }

  run(milliseconds: number): void {
    for (;;) {
      const next = this.#timers.toSorted((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > milliseconds) return;
      this.#timers = this.#timers.filter((other) => other !== next);
      this.#now = next.at;
      next.action();
    }
  }
}

it('a podman that fails for an hour is asked twice in half a minute, and not more and more often', () => {
  const events = new BrokenPodman();
  const service = new HealthService({
    events,
    podman: 'podman',
    log: () => undefined,
    changed: () => undefined,
  });
  service.start();
  events.run(3_600_000);
  const scans = events.asked.filter((what) => what === 'ps').length;
  const streams = events.asked.filter((what) => what === 'events').length;
  expect(streams).toBeGreaterThan(100);
  expect(scans).toBeGreaterThan(100);
  expect(scans + streams).toBeLessThan(260);
});

const id = 'ab'.repeat(32);
const container = JSON.stringify({
  Id: id,
  Name: 'web',
  Config: { Healthcheck: { Test: ['CMD', 'true'], Interval: 30e9 } },
  State: { Running: true, StartedAt: 'today' },
});

function watching(inspected: string): { events: BrokenPodman; watched: () => number } {
  const events = new BrokenPodman();
  let watched = 0;
  const service = new HealthService({
    events,
    podman: 'podman',
    log: () => undefined,
    changed: (watches) => (watched = watches.length),
  });
  service.start();
  events.inspected = inspected;
  events.hear(JSON.stringify({ ID: id, Type: 'container', Status: 'start' }));
  events.run(0);
  return { events, watched: () => watched };
}

it('a podman that fails for a moment does not end the checks of a container', () => {
  const { events, watched } = watching(container);
  expect(watched()).toBe(1);
  // The check and the question about the container fail alike, as with a database that is locked.
  events.inspected = undefined;
  events.run(31_000);
  events.inspected = container;
  events.run(62_000);
  expect(watched()).toBe(1);
});

it('a container that podman does not know any more is forgotten, after a few questions', () => {
  const { events, watched } = watching(container);
  events.inspected = undefined;
  events.run(62_000);
  expect(watched()).toBe(0);
  expect(events.asked.filter((what) => what === 'inspect').length).toBeLessThan(8);
});
