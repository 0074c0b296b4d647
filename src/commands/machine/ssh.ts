import { formatArgv } from '../../ground/quote.ts';
import { runInteractive } from '../../host/interactive.ts';
import { defaultUser, sshArgv } from '../../machine/login.ts';
import { DEFAULT_MACHINE } from '../../machine/names.ts';
import { machineExists } from '../../machine/record.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { findMachine, machineContext } from './context.ts';
import { requireRunning } from './require-running.ts';

export const registerSsh: RegisterCommand = (group, { terminal }) => {
  group
    .command('ssh')
    .argument('[name]', 'name of the machine; without one the first word belongs to the command')
    .argument('[command...]', 'what to run instead of a shell')
    .description('log in to a machine')
    .option('--username <name>', "user to log in as (default: the machine's user, or root if it is rootful)")
    .option('--dry-run', 'print the command')
    .passThroughOptions()
    .addHelpText(
      'after',
      examples(
        ['podbsd machine ssh', 'A shell in the default machine'],
        ['podbsd machine ssh work freebsd-version', 'One command in the machine work'],
      ),
    )
    .action(
      async (first: string | undefined, rest: string[], options: { username?: string; dryRun?: boolean }) => {
        const context = machineContext();
        const named = first !== undefined && (await machineExists(context.places, first));
        const given = named || first === undefined ? rest : [first, ...rest];
        // The `--` that ends options, when the user gives it after the name.
        const words = given[0] === '--' ? given.slice(1) : given;
        const machine = await findMachine(context, named ? first : DEFAULT_MACHINE);
        const argv = sshArgv(machine, options.username ?? defaultUser(machine.record), words);
        if (options.dryRun === true) {
          terminal.out(formatArgv(argv));
          return;
        }
        await requireRunning(machine, 'logging in to');
        process.exitCode = await runInteractive(argv);
      },
    );
};
