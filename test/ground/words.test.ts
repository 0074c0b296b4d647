import { describe, expect, it } from 'vitest';
import { duration } from '../../src/ground/duration.ts';
import { fileProblem } from '../../src/ground/file-problem.ts';
import { formatArgv } from '../../src/ground/quote.ts';
import { formatSize } from '../../src/ground/sizes.ts';
import { compareVersions } from '../../src/ground/versions.ts';

describe('words for people', () => {
  it.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1024, '1 KiB'],
    [1536 * 1024, '1.5 MiB'],
    [8 * 1024 ** 3, '8 GiB'],
    [123.4 * 1024 ** 2, '123 MiB'],
  ])('call %d bytes %s', (bytes, words) => expect(formatSize(bytes)).toBe(words));

  it.each([
    [1.52, '1.5 s'],
    [12.4, '12 s'],
    [185, '3 min 5 s'],
    [7440, '2 h 4 min'],
  ])('call %d seconds %s', (seconds, words) => expect(duration(seconds)).toBe(words));

  it('say what the system says about a file', () => {
    expect(fileProblem(Object.assign(new Error('x'), { code: 'ENOSPC' }))).toBe(
      'no space is left on its file system',
    );
    expect(fileProblem(new Error('something else'))).toBe('something else');
  });

  it('show a command that can be pasted', () => {
    expect(formatArgv(['echo', "it's", '', 'a b', '/x-1'])).toBe(`echo 'it'\\''s' '' 'a b' /x-1`);
  });

  it.each([
    ['14.2', '14.10', -8],
    ['5.8.6', '5.8', 6],
    ['3.4', '3.4.0', 0],
  ])('compare %s with %s', (a, b, difference) => expect(compareVersions(a, b)).toBe(difference));
});
