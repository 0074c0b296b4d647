import { expect, it } from 'vitest';
import { Output } from '../../src/host/output.ts';

it('keeps everything below the limit', () => {
  const output = new Output(20);
  for (const word of ['one ', 'two ', 'three']) output.push(Buffer.from(word));
  expect(output.text()).toBe('one two three');
});

it('drops the middle beyond it and says how much', () => {
  const output = new Output(20);
  output.push(Buffer.from('beginning '));
  for (let i = 10; i < 100; i++) output.push(Buffer.from(`${i} `));
  const [head, gap, tail] = output.text().split('\n');
  expect(head).toBe('beginning ');
  expect(tail).toBe('96 97 98 99 ');
  expect(gap).toBe(`[${90 * 3 - 12} bytes left out]`);
});
