import { execa } from 'execa';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { completionCandidates } from '../../src/commands/completion/candidates.ts';
import { missing } from '../support/programs.ts';
import { testProgram } from '../support/program.ts';

const complete = (...words: string[]) => completionCandidates(testProgram(), words);

describe('completion', () => {
  it('offers commands, then subcommands', () => {
    expect(complete('')).toEqual(expect.arrayContaining(['build-image', 'export', 'alpine']));
    expect(complete('bui')).toEqual(['build-image']);
    expect(complete('alpine', 'fe')).toEqual(['fetch']);
    expect(complete('')).not.toContain('__complete');
  });

  it('offers options once a dash is typed', () => {
    expect(complete('build-image', '--dr')).toEqual(['--dry-run']);
    expect(complete('build-image', '')).not.toContain('--dry-run');
  });

  it('offers the values of an option with choices, and nothing where a file is expected', () => {
    expect(complete('build-image', '--recipe', 'pou')).toEqual(['poudriere']);
    expect(complete('build-image', '--config', '')).toEqual([]);
    expect(complete('completion', '')).toEqual(expect.arrayContaining(['bash', 'fish', 'zsh']));
  });

  it('knows --option=value, as one word and as the three that bash makes of it', () => {
    expect(complete('build-image', '--recipe=pou')).toEqual(['--recipe=poudriere']);
    expect(complete('build-image', '--recipe', '=', 'pou')).toEqual(['poudriere']);
    expect(complete('build-image', '--recipe', '=')).toEqual(expect.arrayContaining(['bake', 'poudriere']));
    expect(complete('export', '--out=alpine', '--fo')).toEqual(['--format']);
    expect(complete('export', '--out', '=', 'alpine', '--fo')).toEqual(['--format']);
  });

  it('offers commands after help', () => {
    expect(complete('help', 'bui')).toEqual(['build-image']);
    expect(complete('machine', 'help', 'ini')).toEqual(['init']);
  });

  it('does not take the value of an option for a command', () => {
    expect(complete('export', '--out', 'alpine', '--fo')).toEqual(['--format']);
  });

  it.skipIf(missing('bash') !== undefined)('works in a real bash', async () => {
    const script = join(packageRoot, 'src/commands/completion/podbsd.bash');
    const { stdout } = await execa(
      'bash',
      [
        '-c',
        'podbsd() { shift 2; printf "%s\\n" "asked-$*" "two words"; }; . "$1"; ' +
          'COMP_WORDS=(podbsd alpine fe); COMP_CWORD=2; _podbsd; printf "%s\\n" "${COMPREPLY[@]}"',
        'bash',
        script,
      ],
      { env: { LC_ALL: 'C' } },
    );
    expect(stdout.split('\n')).toEqual(['asked-alpine fe', 'two words']);
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
