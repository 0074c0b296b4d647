import { expect, it } from 'vitest';
import { isTemporaryName, temporaryName } from '../../src/ground/temporary-name.ts';

it('a temporary name is known again, is another one each time, and no usual name is taken for one', () => {
  const name = temporaryName('/build/journal.json');
  expect(name).toMatch(/^\/build\/journal\.json\./);
  expect(name).not.toBe(temporaryName('/build/journal.json'));
  expect(isTemporaryName(name)).toBe(true);
  for (const other of [
    'journal.json',
    'notes.tmp',
    'a.123.tmp',
    '.0123456789ab.tmp',
    'x.0123456789ab.tmp.gz',
  ])
    expect(isTemporaryName(other), other).toBe(false);
});
