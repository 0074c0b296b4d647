import { createInterface } from 'node:readline/promises';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { DEFAULT_MACHINE } from '../../machine/names.ts';
import { belongings, removeMachine } from '../../machine/remove.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { findMachine, machineContext } from './context.ts';
import { notice } from '../notice.ts';

interface Options {
  readonly force?: boolean;
  readonly saveImage?: boolean;
  readonly dryRun?: boolean;
}

export const registerRm: RegisterCommand = (group, { terminal }) => {
  group
    .command('rm')
    .argument('[name]', 'name of the machine', DEFAULT_MACHINE)
    .description('remove a machine with its disk, after asking')
    .option('-f, --force', 'do not ask, and stop it if it runs')
    .option('--save-image', 'keep the disk')
    .option('--dry-run', 'say what would be removed')
    .addHelpText(
      'after',
      examples(['podbsd machine rm --save-image work', 'Keep the disk of the machine work']),
    )
    .action(async (name: string, { force = false, saveImage = false, dryRun = false }: Options) => {
      const { places } = machineContext();
      const machine = await findMachine({ places }, name);
      const going = belongings(machine, saveImage);
      if (dryRun || !force)
        for (const path of going) terminal.err(`${dryRun ? 'would remove' : 'This removes'} ${path}`);
      if (dryRun || (!force && !(await confirmed(name)))) return;
      const kept = await removeMachine(places, name, {
        force,
        saveImage,
        path: process.env['PATH'] ?? '',
        onNotice: (text) => notice(terminal, text),
      });
      terminal.err(`Machine ${name} removed.${kept === undefined ? '' : ` Its disk is ${kept}`}`);
    });
};

async function confirmed(name: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new PodbsdError({
      doing: `removing ${name}`,
      problem: 'there is no terminal to ask on',
      remedy: 'add --force',
      exitCode: ExitCode.usage,
    });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question('Are you sure you want to continue? [y/N] ')).trim());
  } finally {
    terminal.close();
  }
}
