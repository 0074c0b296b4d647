import { readdir } from 'node:fs/promises';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../src/vm/verify/check.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { tempDir } from '../support/temp-dir.ts';
import { standInUnavailable } from './requirements.ts';

/** Its own folder for temporary files: other tests make such machines at the same time. */
async function rehearse(...args: readonly string[]) {
  const program = await bundledProgram('test/standin/rehearse.ts');
  const temporary = await tempDir();
  const { stdout, stderr, exitCode } = await execa(process.execPath, [program, ...args], {
    reject: false,
    env: { TMPDIR: temporary },
  });
  return { stdout, stderr, exitCode, left: await readdir(temporary) };
}

describe('npm run rehearse', () => {
  it('explains itself', async () => {
    const { stdout } = await rehearse('--help');
    expect(stdout).toContain('Examples:');
    expect(stdout).toContain('--config <file>');
  });

  it.skipIf(standInUnavailable() !== undefined)('names the Ignition file that it cannot use', async () => {
    const result = await rehearse('--config', '/nonexistent.ign');
    expect(result.exitCode).toBe(65);
    expect(result.stderr).toContain('reading the Ignition config /nonexistent.ign');
  });

  it.skipIf(standInUnavailable() !== undefined)(
    'boots, provisions, checks every line of the contract and leaves nothing behind',
    async () => {
      const result = await rehearse('--json');
      const rehearsal = JSON.parse(result.stdout) as { results: CheckResult[]; console: string };
      const missed = rehearsal.results.filter((check) => check.state !== 'passed');
      expect(missed, rehearsal.console).toEqual([]);
      expect(result.exitCode).toBe(0);
      expect(rehearsal.results.map((check) => check.id)).toEqual(
        expect.arrayContaining([
          'ready',
          'ssh-user',
          'volume-0-guest-to-host',
          'volume-1-ro-refused',
          'power-off',
        ]),
      );
      expect(result.left).toEqual([]);
    },
  );
});
