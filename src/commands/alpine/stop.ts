import { stopGuest } from '../../alpine/guest/run.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { openGuest } from './open.ts';
import { seconds } from '../whole-number.ts';

interface Options {
  readonly timeout: number;
  readonly dryRun?: boolean;
}

export const registerStop: RegisterCommand = (group, { terminal, signal }) => {
  group
    .command('stop')
    .argument('<name>')
    .description('shut a guest down (ACPI); after a time limit it is forced off')
    .option('--timeout <seconds>', 'how long it may take to shut down', seconds, 60)
    .option('--dry-run', 'print the commands')
    .addHelpText('after', examples(['podbsd alpine stop docker --timeout 120', 'Give it two minutes']))
    .action(async (name: string, options: Options) => {
      const installed = await openGuest(terminal, name, {
        dryRun: options.dryRun,
        doing: `stopping ${name}`,
      });
      const how = await stopGuest(installed, { limit: options.timeout, signal });
      if (options.dryRun !== true) terminal.err(`${name} ${how}.`);
    });
};
