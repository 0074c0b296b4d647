import { runInteractive } from '../../host/interactive.ts';
import { formatArgv } from '../../ground/quote.ts';
import type { Argv } from '../../host/host.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { openGuest } from './open.ts';

export const registerConsole: RegisterCommand = (group, { terminal }) => {
  group
    .command('console')
    .argument('<name>')
    .description('show the serial console of a guest; leave it with ~. (over SSH: ~~.)')
    .option('--dry-run', 'print the command')
    .addHelpText('after', examples(['podbsd alpine console docker', 'Watch the guest boot']))
    .action(async (name: string, options: { dryRun?: boolean }) => {
      await openGuest(terminal, name, {
        dryRun: options.dryRun,
        doing: `opening the console of ${name}`,
      });
      const argv: Argv = ['vm', 'console', name];
      if (options.dryRun === true) terminal.out(formatArgv(argv));
      else process.exitCode = await runInteractive(argv);
    });
};
