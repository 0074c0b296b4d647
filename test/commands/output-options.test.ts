import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { calls } from '../environment/commands.ts';
import type { Outcome } from '../environment/driver.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { leafCommands } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

const without = (long: string): string[] =>
  leafCommands()
    .filter(([, command]) => !command.options.some((option) => option.long === long))
    .map(([path]) => path)
    .sort();

/** Runs every command that has the option with it, in one process, as the matrix of environments does. */
async function runAll(option: '--json' | '--quiet'): Promise<Outcome[]> {
  const work = await tempDir();
  await mkdir(join(work, 'current'));
  await writeFile(join(work, 'text'), 'neither image nor archive\n'.repeat(100));
  await writeFile(join(work, 'nobody.toml'), '[alpine]\nmirror = "http://127.0.0.1:1"\n');
  const lines = Object.entries(calls)
    .filter(([path]) => !without(option).includes(path))
    .map(([path, words]) => [
      ...path.split(' '),
      option,
      ...words.map((word) => word.replaceAll('{work}', work)),
    ]);
  const result = join(work, 'result.json');
  const argv = [await bundledProgram('test/environment/driver.ts'), result, JSON.stringify(lines)];
  await execa(process.execPath, argv, {
    cwd: join(work, 'current'),
    extendEnv: false,
    env: { PATH: process.env['PATH'] ?? '', HOME: work, TMPDIR: work },
  });
  return JSON.parse(await readFile(result, 'utf8')) as Outcome[];
}

describe('--json', () => {
  it('is an option of every command but those that hand a terminal or a file through', () => {
    expect(without('--json')).toEqual([
      'alpine console',
      'alpine overlay cat',
      'alpine ssh',
      'bake',
      'completion',
      'machine console',
      'machine cp',
      'machine logs',
      'machine ssh',
      'man',
    ]);
  });

  it('makes every line that any command prints one JSON value, errors too', async () => {
    for (const { argv, exitCode, output } of await runAll('--json')) {
      const values = output.split('\n').filter((line) => line !== '');
      for (const line of values)
        expect(() => JSON.parse(line) as unknown, `${argv.join(' ')}: ${line}`).not.toThrow();
      // Whoever fails says so in an event of its own, unless the result itself is the bad news.
      if (exitCode > 2) expect(output, argv.join(' ')).toContain(`"exitCode":${exitCode}`);
    }
  });
});

describe('a wrong command line', () => {
  it.each([
    [['machine', 'init', '--cpus', '0', '--json'], 'podbsd machine init', 'stdout'],
    [['export', '--json'], 'podbsd export', 'stderr'],
  ] as const)('is told in JSON where JSON was asked for: %j', async (words, name, stream) => {
    const result = await execa(process.execPath, [await bundledProgram(), ...words], { reject: false });
    expect(JSON.parse(result[stream])).toMatchObject({
      event: 'error',
      doing: `reading the command line of ${name}`,
      remedy: `${name} --help lists its options`,
      exitCode: 2,
    });
    expect(result.exitCode).toBe(2);
    expect(`${result.stdout}${result.stderr}`).toBe(result[stream]);
  });

  it('names the help of the command that was meant', async () => {
    const said = async (...words: readonly string[]): Promise<string> =>
      (await execa(process.execPath, [await bundledProgram(), ...words], { reject: false })).stderr;
    expect(await said('machine', 'start', '--nothing')).toBe(
      "error: unknown option '--nothing'\n(podbsd machine start --help lists its options)",
    );
    expect(await said('alpine', 'nothing')).toContain('(podbsd alpine --help lists the commands)');
    expect(await said('nothing')).toContain('(podbsd --help lists the commands)');
  });
});

describe('--quiet', () => {
  it('is an option of every command but those whose purpose is what they print', () => {
    expect(without('--quiet')).toEqual([
      'alpine console',
      'alpine overlay cat',
      'alpine overlay ls',
      'alpine ssh',
      'alpine status',
      'bake',
      'completion',
      'config',
      'image path',
      'machine console',
      'machine inspect',
      'machine logs',
      'machine ssh',
      'man',
      'status',
    ]);
  });

  it('leaves nothing but errors', async () => {
    for (const { argv, exitCode, output } of await runAll('--quiet')) {
      const said = exitCode === 0 ? /^$/ : /^error: /;
      // A check whose answer is no has its exit code.
      if (exitCode === 1 && output === '') continue;
      expect(output, argv.join(' ')).toMatch(said);
    }
  });
});
