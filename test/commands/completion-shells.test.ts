import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

/** What each shell is told so that it completes a line and prints its candidates, one a line. */
const shells: Readonly<Record<string, (script: string, line: string) => readonly string[]>> = {
  bash: (script, line) => [
    '-c',
    '. "$1"; read -ra COMP_WORDS <<< "$2"; [[ $2 = *" " ]] && COMP_WORDS+=(""); ' +
      'COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _podbsd; printf "%s\\n" "${COMPREPLY[@]}"',
    'bash',
    script,
    line,
  ],
  zsh: (script, line) => [
    '-f',
    '-c',
    // The function is called as the completion system calls it, with compadd printing what it is given.
    'compdef() { :; }; _files() { print FILES; }; compadd() { shift; print -l -- "$@"; }; ' +
      'script=$1; line=$2; source $script; words=("${(@Q)${(z)line}}"); ' +
      '[[ $line = *" " ]] && words+=(""); CURRENT=$#words; _podbsd',
    'zsh',
    script,
    line,
  ],
  fish: (script, line) => [
    '--no-config',
    '-c',
    'source $argv[1]; complete --do-complete $argv[2]',
    script,
    line,
  ],
};

async function tabOffersWhatThereIs(shell: string): Promise<void> {
  const folder = await tempDir();
  for (const name of ['web', 'two.words-3'])
    await mkdir(join(folder, 'podbsd', 'machine', name), { recursive: true });
  const bin = join(folder, 'podbsd-command');
  await writeFile(bin, `#!/bin/sh\nexec '${process.execPath}' '${await bundledProgram()}' "$@"\n`);
  await chmod(bin, 0o755);
  await mkdir(join(folder, 'bin'));
  await execa('ln', ['-s', bin, join(folder, 'bin', 'podbsd')]);
  const script = join(packageRoot, 'src/commands/completion', `podbsd.${shell}`);
  const env = {
    HOME: folder,
    XDG_DATA_HOME: folder,
    PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
    LC_ALL: 'C.UTF-8',
  };
  const complete = async (line: string): Promise<string[]> => {
    const { stdout } = await execa(shell, shells[shell]?.(script, line) ?? [], { env });
    return stdout
      .split('\n')
      .filter((candidate) => candidate !== '')
      .sort();
  };
  expect(await complete('podbsd machine sta')).toEqual(['start']);
  expect(await complete('podbsd machine start ')).toEqual(['two.words-3', 'web']);
  expect(await complete('podbsd build-image --dr')).toEqual(['--dry-run']);
}

for (const shell of Object.keys(shells))
  it.skipIf(missing(shell) !== undefined)(
    `a TAB in a real ${shell} offers commands, machines and options`,
    async () => {
      await tabOffersWhatThereIs(shell);
    },
  );
