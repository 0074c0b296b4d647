import { requireAddress, sshArgv } from '../../alpine/guest/ssh.ts';
import { formatArgv } from '../../ground/quote.ts';
import { runInteractive } from '../../host/interactive.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { openGuest } from './open.ts';

export const registerSsh: RegisterCommand = (group, { terminal }) => {
  group
    .command('ssh')
    .argument('<name>')
    .argument('[command...]', 'what to run instead of a shell')
    .description("log in to a guest as root, with the guest's own host key pinned")
    .option('--dry-run', 'print the command')
    .passThroughOptions()
    .addHelpText(
      'after',
      examples(
        ['podbsd alpine ssh docker', 'A shell in the guest'],
        ['podbsd alpine ssh docker cat /etc/alpine-release', 'One command'],
      ),
    )
    .action(async (name: string, words: string[], options: { dryRun?: boolean }) => {
      // Everything after the name belongs to the command, except --dry-run, which is not the name of a command.
      const dryRun = options.dryRun === true || words[0] === '--dry-run';
      const command = words.slice(words[0] === '--dry-run' ? 1 : 0);
      // The `--` that ends options, when the user gives it after the name.
      if (command[0] === '--') command.shift();
      const installed = await openGuest(terminal, name, {
        dryRun,
        doing: `logging in to ${name}`,
      });
      const argv = sshArgv(installed, await requireAddress(installed), command);
      if (dryRun) terminal.out(formatArgv(argv));
      else process.exitCode = await runInteractive(argv);
    });
};
