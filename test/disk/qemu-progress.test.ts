import { expect, it } from 'vitest';
import { percentIn } from '../../src/disk/qemu-progress.ts';

it.each([
  ['    (0.00/100%)', 0],
  ['    (12.34/100%)', 12],
  ['    (99.99/100%)   ', 100],
  ['    (100.00/100%)', 100],
  ['qemu-img: error while reading: (5.00/100%) done', undefined],
  ['', undefined],
])('%j is so many per cent: %j', (line, percent) => {
  expect(percentIn(line)).toBe(percent);
});
