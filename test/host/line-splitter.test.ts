import { describe, expect, it } from 'vitest';
import { LineSplitter } from '../../src/host/line-splitter.ts';

function split(...chunks: string[]): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (const chunk of chunks) splitter.push(Buffer.from(chunk));
  splitter.end();
  return lines;
}

describe('LineSplitter', () => {
  it.each([
    ['newlines', ['a\nb\n'], ['a', 'b']],
    ['no newline at the end', ['a\nb'], ['a', 'b']],
    ['newlines with carriage returns', ['a\r\nb\r\n'], ['a', 'b']],
    ['a pair that is cut in two', ['a\r', '\nb\r', '\n'], ['a', 'b']],
    ['progress that is written over', ['1%\r2%\r', '3%\rdone\n'], ['1%', '2%', '3%', 'done']],
    ['empty lines', ['a\n\nb\n'], ['a', '', 'b']],
  ])('%s', (_what, chunks, lines) => {
    expect(split(...chunks)).toEqual(lines);
  });

  it('hands a line on as soon as it is complete', () => {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    splitter.push(Buffer.from('Receiving objects:  1% (1/100)\rReceiving objects:  2% (2/100)\r'));
    expect(lines).toEqual(['Receiving objects:  1% (1/100)']);
  });
});
