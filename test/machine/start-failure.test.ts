import { expect, it } from 'vitest';
import { lastWords } from '../../src/machine/start-failure.ts';

it('the last lines of a console are shown without what only moves a cursor', () => {
  const console = '\x1b[2J\x1b[1;1HLoading kernel...\r\n\x07\x1b(B\r\n\x1b[32mok\x1b[0m  \r\n';
  expect(lastWords(console)).toEqual(['  Loading kernel...', '  ok']);
});

it('and no more of them than fit on a screen', () => {
  const console = Array.from({ length: 50 }, (_, index) => `line ${index}\n`).join('');
  expect(lastWords(console)).toHaveLength(8);
  expect(lastWords(console).at(-1)).toBe('  line 49');
});
