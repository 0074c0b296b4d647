import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Argument } from 'commander';
import { packageRoot } from '../ground/assets.ts';
import { examples, type RegisterCommand } from './command.ts';
import { completionCandidates } from './completion/candidates.ts';

export const registerCompletion: RegisterCommand = (program, { terminal }) => {
  program
    .command('completion')
    .description('print the completion script of a shell')
    .addArgument(new Argument('<shell>', 'the shell').choices(['bash', 'zsh', 'fish']))
    .addHelpText(
      'after',
      examples(
        ['podbsd completion bash > ~/.local/share/bash-completion/completions/podbsd', 'Install for bash'],
        ['podbsd completion zsh > "${fpath[1]}/_podbsd"', 'Install for zsh'],
        ['podbsd completion fish > ~/.config/fish/completions/podbsd.fish', 'Install for fish'],
      ),
    )
    .action(async (shell: string) => {
      const script = await readFile(join(packageRoot, 'src/commands/completion', `podbsd.${shell}`), 'utf8');
      terminal.out(script.trimEnd());
    });
};

/** What the completion scripts ask at each TAB. */
export const registerCandidates: RegisterCommand = (program, { terminal, commandLine }) => {
  program
    .command('__complete', { hidden: true })
    .argument('[words...]')
    .action(async (words: string[]) => {
      const line = await commandLine(words.slice(0, -1));
      for (const candidate of await completionCandidates(line, words)) terminal.out(candidate);
    });
};
