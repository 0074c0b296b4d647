import { expect, it } from 'vitest';
import type { Clock } from '../../src/ground/clock.ts';
import { pressUntilGone } from '../../src/vm/power-button.ts';

/** A machine that ends at a press of the button, on a clock that is moved by hand. */
function machine(endsAtPress: number) {
  let time = 0;
  let presses = 0;
  const waits: number[] = [];
  const clock: Clock = { now: () => time, sleep: () => Promise.reject(new Error('nobody sleeps here')) };
  const button = {
    press: () => {
      presses++;
      return Promise.resolve();
    },
    goneWithin: (milliseconds: number) => {
      if (presses >= endsAtPress) return Promise.resolve(true);
      waits.push(milliseconds);
      time += milliseconds;
      return Promise.resolve(false);
    },
  };
  return { button, clock, waits, presses: () => presses };
}

it('the button is pressed again every ten seconds until the machine has ended', async () => {
  const { button, clock, waits, presses } = machine(3);
  expect(await pressUntilGone(button, { limitMs: 90_000, clock })).toBe(true);
  expect([presses(), waits]).toEqual([3, [10_000, 10_000]]);
});

it('when the time is over nobody waits longer', async () => {
  const { button, clock, waits } = machine(100);
  expect(await pressUntilGone(button, { limitMs: 25_000, clock })).toBe(false);
  expect(waits).toEqual([10_000, 10_000, 5_000]);
});

it('without any time the button is not pressed', async () => {
  const { button, clock, presses } = machine(1);
  expect(await pressUntilGone(button, { limitMs: 0, clock })).toBe(false);
  expect(presses()).toBe(0);
});
