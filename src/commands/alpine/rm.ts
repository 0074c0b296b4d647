import { removeGuest } from '../../alpine/guest/remove.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { openGuest } from './open.ts';

export const registerRm: RegisterCommand = (group, { terminal }) => {
  group
    .command('rm')
    .argument('<name>')
    .description('remove a stopped guest with its disks')
    .option('--yes', 'needed, as guest and disks go for good')
    .option('--dry-run', 'print the commands')
    .addHelpText(
      'after',
      examples(['podbsd alpine rm --yes docker', 'Remove the guest and all its containers']),
    )
    .action(async (name: string, options: { yes?: boolean; dryRun?: boolean }) => {
      const installed = await openGuest(terminal, name, {
        dryRun: options.dryRun,
        doing: `removing ${name}`,
      });
      await removeGuest(installed, options.yes === true || options.dryRun === true);
      if (options.dryRun !== true) terminal.err(`${name} is gone.`);
    });
};
