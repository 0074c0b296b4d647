import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { debianPackagesUnavailable } from './debian.ts';
import { quickjs } from './quickjs.ts';

const isOther = (process.env['PODBSD_QUICKJS'] ?? '') !== '';

describe.skipIf(isOther || debianPackagesUnavailable() !== undefined)(
  'the QuickJS engine of Debian 13',
  () => {
    it('is the version of the FreeBSD port and has the std and os modules', async () => {
      const [program, ...prefix] = await quickjs();
      const help = await execa(program, [...prefix, '--help'], { reject: false });
      expect(help.stdout).toContain('QuickJS version 2025-04-26');
      const run = await execa(program, [...prefix, '--std', '-e', 'console.log(typeof os.exec)']);
      expect(run.stdout).toBe('function');
    });

    it('two callers at once get the same folder', async () => {
      const [first, second] = await Promise.all([quickjs(), quickjs()]);
      expect(first).toEqual(second);
    });
  },
);
