import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { quoteWord } from '../../../src/ground/quote.ts';
import { shRequest } from '../../../src/host/ssh/quote.ts';
import { findProgram } from '../../support/programs.ts';

const words = [
  'plain',
  '',
  ' ',
  `it's`,
  `'`,
  '"',
  '$HOME',
  '`id`',
  'a\nb\n',
  '!x',
  'a\\',
  '*',
  '~root',
  '\\0101',
  '\t',
  'ü€😀',
  '\x01',
  '%s',
  '-n',
];

describe('quoteWord', () => {
  it('leaves what needs no quotes readable', () => {
    expect(quoteWord('--mode=0644,a:/b.c')).toBe('--mode=0644,a:/b.c');
    expect(quoteWord(`it's`)).toBe(`'it'\\''s'`);
  });

  it('refuses NUL', () => {
    expect(() => quoteWord('a\0b')).toThrow('NUL');
  });
});

describe('shRequest', () => {
  it('stays readable where every shell reads it alike', () => {
    expect(shRequest('exec echo hello')).toBe(`/bin/sh -c 'exec echo hello'`);
  });

  // csh, zsh and fish are rarely installed where tests run; sh and bash are always there.
  const shells = ['sh', 'bash', 'dash', 'tcsh', 'csh', 'zsh', 'fish'].filter(
    (name) => findProgram(name) !== undefined,
  );
  it.each(shells)('hands every word through %s', async (shell) => {
    const script = `printf '%s\\0' ${words.map(quoteWord).join(' ')}`;
    const { stdout } = await execa(shell, ['-c', shRequest(script)], { stripFinalNewline: false });
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
  });

  it('uses only characters that are not special between single quotes anywhere, once it escapes', () => {
    const request = shRequest(`echo ${quoteWord(words.join(''))}`);
    expect(request).toMatch(
      /^\/bin\/sh -c 'eval "\$\(printf %b "(?:[A-Za-z0-9_@%+=:,./ -]|\\0[0-7]{3})*"\)"'$/,
    );
  });
});
