import { getSystemErrorMap } from 'node:util';
import { describe, expect, it } from 'vitest';
import { reportError } from '../../src/commands/report-error.ts';
import { ExitCode } from '../../src/ground/errors.ts';
import type { Terminal } from '../../src/ground/terminal.ts';

function report(error: unknown): [number, string] {
  const lines: string[] = [];
  const terminal: Terminal = {
    out: (line) => void lines.push(line),
    err: (line) => void lines.push(line),
    interactive: false,
    columns: 80,
    paint: (_style, text) => text,
  };
  return [reportError(error, terminal), lines.join('\n')];
}

describe('an error that nobody expected', () => {
  it('is no bug when the system has refused something, whatever that was', () => {
    for (const [errno, [code, description]] of getSystemErrorMap()) {
      const error = Object.assign(new Error(`${code}: ${description}, ftruncate`), {
        code,
        errno,
        syscall: 'ftruncate',
      });
      const [exitCode, text] = report(error);
      expect(exitCode, code).not.toBe(ExitCode.internal);
      expect(text, code).toMatch(/^error: \S.*\n {2}\S.*\nnext: {2}\S.*$/);
    }
  });

  it('names the limit that is to be raised', () => {
    const refusal = (code: string): unknown => Object.assign(new Error(code), { code });
    expect(report(refusal('EFBIG'))[1]).toContain('ulimit -f');
    expect(report(refusal('EMFILE'))[1]).toContain('ulimit -n');
    expect(report(new RangeError('Array buffer allocation failed'))).toEqual([
      ExitCode.host,
      expect.stringContaining('end other programs'),
    ]);
  });

  it.each([
    ['mkdtemp', '/none/podbsd-vm-XXXXXX', 'ENOENT', 'making a folder for temporary files in /none', 'TMPDIR'],
    ['lstat', '/root/x', 'EACCES', 'looking at /root/x', 'HOME'],
    ['spawn ls', 'ls', 'EAGAIN', 'starting the program ls', 'ulimit -u'],
    ['bind', undefined, 'EADDRINUSE', 'listening on a file', 'refused'],
  ])('says what a call was for: %s', (syscall, path, code, doing, remedy) => {
    const error = Object.assign(new Error(`${code}: ${syscall}`), { code, errno: -1, syscall, path });
    const [, text] = report(error);
    expect(text.split('\n')[0]).toBe(`error: ${doing}`);
    expect(text).toContain(remedy);
  });

  it('is a bug otherwise', () => {
    expect(report(new TypeError('x is not a function'))).toEqual([
      ExitCode.internal,
      expect.stringContaining('This is a bug in podbsd'),
    ]);
  });
});
