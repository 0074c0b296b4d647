import { expect, it } from 'vitest';
import { HealthService } from '../../../ignition/src/containers/health/service.ts';
import type { ChildHandlers, Events } from '../../../ignition/src/system/events.ts';

/** An engine whose clock the test turns, and in which every program fails at once. */
class BrokenPodman implements Events {
  readonly pid = 1;
  readonly asked: string[] = [];
  #now = 0;
  #timers: { readonly at: number; readonly action: () => void }[] = [];

  start(argv: readonly string[], handlers: ChildHandlers) {
    this.asked.push(argv[1] ?? '');
    this.after(0, () => handlers.onExit(125));
    return { pid: 2, signal: () => undefined };
  }

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
