import { describe, expect, it } from 'vitest';
import type { Clock } from '../../src/ground/clock.ts';
import { until } from '../../src/ground/until.ts';

/** A clock that stands still until somebody sleeps, and then is there at once. */
function clockByHand(): Clock & { slept: number[] } {
  let time = 0;
  const slept: number[] = [];
  return {
    slept,
    now: () => time,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      slept.push(milliseconds);
      time += milliseconds;
    },
  };
}

describe('until', () => {
  it('answers at once when there is an answer', async () => {
    const clock = clockByHand();
    expect(await until(() => 'yes', { every: 100, within: 0, clock })).toBe('yes');
    expect(clock.slept).toEqual([]);
  });

  it('looks again after each pause, and a last time when the time is up', async () => {
    const clock = clockByHand();
    const looks: number[] = [];
    const look = (): string | undefined => {
      looks.push(clock.now());
      return undefined;
    };
    expect(await until(look, { every: 100, within: 250, clock })).toBeUndefined();
    expect(looks).toEqual([0, 100, 200, 250]);
  });

  it('takes an answer that came during the last pause', async () => {
    const clock = clockByHand();
    expect(
      await until(() => (clock.now() >= 250 ? 'late' : undefined), { every: 100, within: 250, clock }),
    ).toBe('late');
  });

  it('ends with the reason of its signal', async () => {
    const stop = new AbortController();
    const clock = clockByHand();
    const look = (): undefined => {
      if (clock.now() > 0) stop.abort(new Error('enough'));
    };
    await expect(until(look, { every: 1, signal: stop.signal, clock })).rejects.toThrow('enough');
  });

  it('ends with what the look throws', async () => {
    const look = (): never => {
      throw new Error('broken');
    };
    await expect(until(look, { every: 1, clock: clockByHand() })).rejects.toThrow('broken');
  });
});
