import { expect, it } from 'vitest';
import { age } from '../../src/ground/age.ts';

it('an age is told in days once there are two', () => {
  expect([-5, 90, 30 * 3600, 48 * 3600, 26 * 24 * 3600 + 7].map(age)).toEqual([
    '0.0 s',
    '1 min 30 s',
    '30 h 0 min',
    '2 days',
    '26 days',
  ]);
});
