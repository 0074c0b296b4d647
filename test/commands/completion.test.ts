import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { completionCandidates } from '../../src/commands/completion/candidates.ts';
import { missing } from '../support/programs.ts';
import { testProgram } from '../support/program.ts';
import { tempDir } from '../support/temp-dir.ts';

// As the program does: the word that is being typed names no command yet.
const complete = async (...words: string[]) =>
  completionCandidates(await testProgram(words.slice(0, -1)), words);

afterEach(() => vi.unstubAllEnvs());

describe('completion', () => {
  it('offers commands, then subcommands', async () => {
    expect(await complete('')).toEqual(expect.arrayContaining(['build-image', 'export', 'alpine']));
    expect(await complete('bui')).toEqual(['build-image']);
    expect(await complete('alpine', 'fe')).toEqual(['fetch']);
    expect(await complete('')).not.toContain('__complete');
  });

  it('offers options once a dash is typed', async () => {
    expect(await complete('build-image', '--dr')).toEqual(['--dry-run']);
    expect(await complete('build-image', '')).not.toContain('--dry-run');
  });

  it('offers the values of an option with choices, and nothing where a file is expected', async () => {
    expect(await complete('build-image', '--recipe', 'pou')).toEqual(['poudriere']);
    expect(await complete('build-image', '--config', '')).toEqual([]);
    expect(await complete('completion', '')).toEqual(expect.arrayContaining(['bash', 'fish', 'zsh']));
  });

  it('knows --option=value, as one word and as the three that bash makes of it', async () => {
    expect(await complete('build-image', '--recipe=pou')).toEqual(['--recipe=poudriere']);
    expect(await complete('build-image', '--recipe', '=', 'pou')).toEqual(['poudriere']);
    expect(await complete('build-image', '--recipe', '=')).toEqual(
      expect.arrayContaining(['bake', 'poudriere']),
    );
    expect(await complete('export', '--out=alpine', '--fo')).toEqual(['--format']);
    expect(await complete('export', '--out', '=', 'alpine', '--fo')).toEqual(['--format']);
  });

  it('offers commands after help', async () => {
    expect(await complete('help', 'bui')).toEqual(['build-image']);
    expect(await complete('machine', 'help', 'ini')).toEqual(['init']);
  });

  it('does not take the value of an option for a command', async () => {
    expect(await complete('export', '--out', 'alpine', '--fo')).toEqual(['--format']);
  });

  it('offers the machines that there are where one is named, and for the option that names one', async () => {
    const data = await tempDir();
    for (const name of ['web', 'weber', 'db'])
      await mkdir(join(data, 'podbsd', 'machine', name), { recursive: true });
    vi.stubEnv('XDG_DATA_HOME', data);
    expect(await complete('machine', 'start', 'we')).toEqual(['web', 'weber']);
    expect(await complete('machine', 'inspect', 'web', '')).toEqual(['db', 'web', 'weber']);
    expect(await complete('machine', 'start', 'web', '')).toEqual([]);
    expect(await complete('doctor', '--machine=d')).toEqual(['--machine=db']);
    expect(await complete('machine', 'init', '')).toEqual([]);
  });

  it('stays quiet where there is no folder of machines', async () => {
    vi.stubEnv('XDG_DATA_HOME', '/nonexistent');
    expect(await complete('machine', 'start', '')).toEqual([]);
  });

  it.skipIf(missing('shellcheck') !== undefined)('is sound shell', async () => {
    await execa('shellcheck', [
      '--shell=bash',
      // COMPREPLY is read by bash itself.
      '--exclude=SC2034',
      join(packageRoot, 'src/commands/completion/podbsd.bash'),
    ]);
  });
});
