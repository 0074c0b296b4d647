import { expect, it } from 'vitest';
import { limitAdvice } from '../../src/ground/limit-advice.ts';

it.each([
  ['EMFILE', '-n'],
  ['sh: 1: Too many open files', '-n'],
  ['EFBIG', '-f'],
  ['qemu-img: disk.qcow2: Could not write qcow2 header: File too large', '-f'],
  ['could not be started: spawn ps EAGAIN', '-u'],
  ['sh: 1: Cannot fork', '-u'],
  ['bash: fork: Resource temporarily unavailable', '-u'],
])('%s is a limit that ulimit %s raises', (met, option) => {
  expect(limitAdvice(met)).toContain(`(ulimit ${option})`);
});

it.each(['EACCES', 'No space left on device', 'read: Resource temporarily unavailable', ''])(
  '%j is none',
  (met) => {
    expect(limitAdvice(met)).toBeUndefined();
  },
);
