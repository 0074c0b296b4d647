import { realClock, type Clock } from '../ground/clock.ts';
import type { StageRun } from './stage.ts';

/** Milliseconds over which the present speed is measured, and the least that it takes to say one. */
const WINDOW = 15_000;
const LEAST = 1_000;

/**
 * Shows how far a transfer is, with its present speed. What an earlier run had transferred counts as done, and not for
 * the speed.
 *
 * @returns what the transfer calls with the bytes so far and in all.
 */
export function transferProgress(
  run: Pick<StageRun, 'progress'>,
  text: string,
  clock: Pick<Clock, 'now'> = realClock,
): (done: number, total: number | undefined) => void {
  let samples: { readonly at: number; readonly done: number }[] = [];
  return (done, total) => {
    const at = clock.now();
    const last = samples.at(-1);
    // A transfer that begins anew is another one.
    if (last !== undefined && done < last.done) samples = [];
    if (last === undefined || at - last.at >= LEAST / 4 || samples.length === 0) samples.push({ at, done });
    samples = samples.filter((sample) => at - sample.at <= WINDOW);
    const first = samples[0] ?? { at, done };
    const passed = at - first.at;
    run.progress({
      text,
      done,
      ...(total === undefined ? {} : { total }),
      unit: 'bytes',
      ...(passed < LEAST ? {} : { rate: ((done - first.done) / passed) * 1000 }),
    });
  };
}
