import { describe, expect, it } from 'vitest';
import { progressText, remaining } from '../../src/pipeline/format.ts';
import type { Progress } from '../../src/pipeline/stage.ts';
import { transferProgress } from '../../src/pipeline/transfer-progress.ts';

const MIB = 1024 ** 2;

/** What is shown after these calls: seconds, and MiB so far. */
function shown(calls: readonly (readonly [seconds: number, done: number])[], total?: number): Progress {
  let last: Progress | undefined;
  let now = 0;
  const report = transferProgress({ progress: (progress) => (last = progress) }, 'downloading', {
    now: () => now,
  });
  for (const [seconds, done] of calls) {
    now = seconds * 1000;
    report(done * MIB, total === undefined ? undefined : total * MIB);
  }
  return last ?? expect.fail('nothing was shown');
}

describe('a transfer shows', () => {
  it('sizes, the present speed and the time left; what was there before counts as done alone', () => {
    const progress = shown(
      [
        [0, 100],
        [1, 110],
        [2, 120],
      ],
      640,
    );
    expect(progressText(progress)).toBe('downloading, 120 MiB of 640 MiB, 10 MiB/s');
    expect(remaining(progress, 2)).toBe(52);
  });

  it('the speed of the last seconds, not that of an hour ago', () => {
    const slow = Array.from({ length: 60 }, (_, second) => [second, second] as const);
    const fast = Array.from({ length: 20 }, (_, second) => [60 + second, 60 + second * 20] as const);
    expect(shown([...slow, ...fast], 1000).rate).toBe(20 * MIB);
  });

  it('no speed before there is one, no time left of a transfer without end, and begins anew with the file', () => {
    expect(shown([[0, 1]], 10).rate).toBeUndefined();
    const endless = shown([
      [0, 0],
      [2, 1],
    ]);
    expect(progressText(endless)).toBe('downloading, 1 MiB, 512 KiB/s');
    expect(remaining(endless, 100)).toBeUndefined();
    expect(
      shown(
        [
          [0, 500],
          [5, 0],
          [7, 2],
        ],
        640,
      ).rate,
    ).toBe(MIB);
  });
});
