import { readdir } from 'node:fs/promises';
import { execa } from 'execa';
import { expect } from 'vitest';
import type { CheckResult } from '../../src/vm/verify/check.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { tempDir } from '../support/temp-dir.ts';
import type { Processor } from './processor.ts';

/** Runs `npm run rehearse` with a folder of its own for temporary files: other tests make such machines, too. */
export async function runRehearse(...args: readonly string[]) {
  const program = await bundledProgram('test/standin/rehearse.ts');
  const temporary = await tempDir();
  const { stdout, stderr, exitCode } = await execa(process.execPath, [program, ...args], {
    reject: false,
    env: { TMPDIR: temporary },
  });
  return { stdout, stderr, exitCode, left: await readdir(temporary) };
}

/**
 * A boot with the whole contract, all of which must hold, and nothing is left behind.
 * @returns the guest's console.
 */
export async function rehearseAll({ architecture }: Processor): Promise<string> {
  const { stdout, exitCode, left } = await runRehearse('--json', '--arch', architecture);
  const { results, console } = JSON.parse(stdout) as { results: CheckResult[]; console: string };
  expect(
    results.filter(({ state }) => state !== 'passed'),
    console,
  ).toEqual([]);
  expect(exitCode).toBe(0);
  expect(results.map(({ id }) => id)).toEqual(
    expect.arrayContaining([
      'build',
      'start',
      'ready',
      'ssh-user',
      'volume-0-guest-to-host',
      'volume-1-ro-refused',
      'power-off',
    ]),
  );
  expect(left).toEqual([]);
  return console;
}
