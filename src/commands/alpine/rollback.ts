import { listGenerations } from '../../alpine/guest/generations.ts';
import { rollbackGuest } from '../../alpine/guest/rollback.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { openGuest } from './open.ts';

export const registerRollback: RegisterCommand = (group, { terminal }) => {
  group
    .command('rollback')
    .argument('<name>')
    .argument('[generation]', 'generation to put back (default: the newest that differs)')
    .description('put an earlier overlay back on the disk of a stopped guest')
    .option('--list', 'only list the generations, newest first')
    .option('--dry-run', 'print the commands')
    .addHelpText(
      'after',
      examples(
        ['podbsd alpine rollback docker --list', 'See what can be restored'],
        ['podbsd alpine rollback docker', 'Undo the last commit'],
      ),
    )
    .action(
      async (name: string, generation: string | undefined, options: { list?: boolean; dryRun?: boolean }) => {
        const installed = await openGuest(terminal, name, {
          dryRun: options.dryRun,
          doing: `rolling ${name} back`,
        });
        if (options.list === true) {
          for (const id of await listGenerations(installed)) terminal.out(id);
          return;
        }
        const id = await rollbackGuest(installed, generation);
        if (options.dryRun !== true) terminal.err(`${name} has the overlay of ${id} again.`);
      },
    );
};
