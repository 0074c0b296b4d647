import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { exitCodeMeanings } from '../../src/commands/reference/exit-codes.ts';
import { ExitCode } from '../../src/ground/errors.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { leafCommands } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';
import { calls } from './commands.ts';
import type { Outcome } from './driver.ts';

/** What is wrong with the place that podbsd is started in. */
interface Fault {
  readonly name: string;
  readonly env?: (work: string) => Readonly<Record<string, string | undefined>>;
  /** Deletes the working directory after the start; by default it is an empty folder. */
  readonly deleted?: boolean;
  /** Words before `node`, for what the environment cannot say. */
  readonly shell?: string;
}

const faults: readonly Fault[] = [
  { name: 'nothing (all is well)' },
  { name: 'HOME is empty', env: () => ({ HOME: '' }) },
  { name: 'HOME is not set', env: () => ({ HOME: undefined }) },
  { name: 'HOME is not there', env: (work) => ({ HOME: join(work, 'nowhere') }) },
  { name: 'HOME cannot be written, even by root', env: () => ({ HOME: '/sys' }) },
  { name: 'HOME is a file', env: (work) => ({ HOME: join(work, 'text') }) },
  { name: 'TMPDIR is not there', env: (work) => ({ TMPDIR: join(work, 'nowhere') }) },
  { name: 'TMPDIR cannot be written', env: () => ({ TMPDIR: '/sys' }) },
  { name: 'TMPDIR is not set', env: () => ({ TMPDIR: undefined }) },
  { name: 'the current directory is deleted', deleted: true },
  {
    name: 'no locale and no terminal',
    env: () => ({ LANG: 'C', LC_ALL: 'C', TERM: undefined, USER: undefined }),
  },
  { name: 'a locale that is not there', env: () => ({ LANG: 'xx_YY', LC_ALL: 'xx_YY', TERM: 'none' }) },
  { name: 'an empty PATH', env: () => ({ PATH: '/nonexistent' }) },
  {
    name: 'XDG folders that are no absolute paths',
    env: () => ({ XDG_DATA_HOME: 'x', XDG_CONFIG_HOME: '.' }),
  },
  { name: 'standard output is closed', shell: 'exec "$@" >&-' },
  { name: 'standard error is closed', shell: 'exec "$@" 2>&-' },
  { name: 'standard input is closed', shell: 'exec "$@" <&-' },
];

const documented = new Set(exitCodeMeanings.map(([code]) => code));

describe('podbsd in a spoilt environment', () => {
  it('is tried with every command that there is', () => {
    expect(Object.keys(calls).sort()).toEqual(
      leafCommands()
        .map(([path]) => path)
        .sort(),
    );
  });

  it.each(faults)('has an error in words or success when $name', async ({ env, deleted, shell }) => {
    const work = await tempDir();
    const home = join(work, 'home');
    const current = join(work, 'current');
    await mkdir(home);
    await mkdir(current);
    await writeFile(join(work, 'text'), 'neither image nor archive\n'.repeat(100));
    await writeFile(join(work, 'nobody.toml'), '[alpine]\nmirror = "http://127.0.0.1:1"\n');
    const lines = Object.entries(calls).map(([path, words]) => [
      ...path.split(' '),
      ...words.map((word) => word.replaceAll('{work}', work)),
    ]);
    const result = join(work, 'result.json');
    const driver = await bundledProgram('test/environment/driver.ts');
    const argv = [process.execPath, driver, result, JSON.stringify(lines)];
    const start = deleted === true ? 'rmdir "$PWD" && exec "$@"' : (shell ?? 'exec "$@"');
    const { exitCode, all } = await execa('/bin/sh', ['-c', start, 'sh', ...argv], {
      cwd: current,
      all: true,
      reject: false,
      extendEnv: false,
      env: {
        PATH: process.env['PATH'],
        PODBSD_TEST: process.env['PODBSD_TEST'],
        HOME: home,
        TMPDIR: work,
        ...env?.(work),
      } as Record<string, string>,
    });
    expect([exitCode, all]).toEqual([0, expect.not.stringMatching(/^ {4}at /m)]);
    const outcomes = JSON.parse(await readFile(result, 'utf8')) as Outcome[];
    expect(outcomes).toHaveLength(lines.length);
    const wrong = outcomes.filter(
      ({ exitCode: code, output }) =>
        code === ExitCode.internal ||
        !documented.has(code) ||
        /^ {4}at |This is a bug|\bundefined\b|\[object/m.test(output) ||
        // A failure says why.
        (code !== 0 && output.trim() === ''),
    );
    expect(wrong).toEqual([]);
    // Nothing was made that only looks like a result.
    for (const name of ['out', 'box', 'layout'])
      if (existsSync(join(work, name))) expect(await readdir(join(work, name))).toEqual([]);
    await rm(work, { recursive: true, force: true });
  });
});
