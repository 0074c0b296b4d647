import { describe, expect, it, vi } from 'vitest';
import { LONGEST_WAIT, seconds, wholeNumber } from '../../src/commands/whole-number.ts';
import { isTimeZone, localTimeZone } from '../../src/ground/time-zone.ts';

describe('a number on the command line', () => {
  it('is whole and of its range, which an error names', () => {
    const processors = wholeNumber(1, 255);
    expect([processors('1'), processors('255'), processors('08')]).toEqual([1, 255, 8]);
    for (const text of ['0', '256', '1e2', '-1', '1.5', '0x10', '', ' 1', '99999999999999999999'])
      expect(() => processors(text), text).toThrow('expected a whole number from 1 to 255');
  });

  it('of seconds is one that a timer can count', () => {
    expect(seconds('0')).toBe(0);
    expect(LONGEST_WAIT * 1000).toBeLessThan(2 ** 31);
    expect(() => seconds('1000000000')).toThrow('expected a whole number of seconds from 0 to 604800');
  });
});

describe('a time zone', () => {
  it('is one that there is', () => {
    expect(['UTC', 'Europe/Berlin', 'America/Argentina/Ushuaia'].filter((name) => !isTimeZone(name))).toEqual(
      [],
    );
    expect(['Mars/Base', 'Etc/Unknown', 'europe/berlin', ''].filter(isTimeZone)).toEqual([]);
  });

  it.each([
    ['Europe/Berlin', 'Europe/Berlin'],
    [':/etc/localtime', 'UTC'],
    ['Not/AZone', 'UTC'],
    ['', 'UTC'],
  ])('of a host with TZ=%s is %s', (tz, expected) => {
    vi.stubEnv('TZ', tz);
    expect(localTimeZone()).toBe(expected);
  });
});
