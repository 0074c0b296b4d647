import { DEFAULT_MACHINE } from '../../machine/names.ts';
import { attachConsole } from '../../machine/console.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { findMachine, machineContext } from './context.ts';
import { requireRunning } from './require-running.ts';

export const registerConsole: RegisterCommand = (group, { terminal }) => {
  group
    .command('console')
    .argument('[name]', 'name of the machine', DEFAULT_MACHINE)
    .description("use a machine's serial console; ctrl-] leaves it")
    .addHelpText('after', examples(['podbsd machine console work', 'Log in where SSH does not answer']))
    .action(async (name: string) => {
      const machine = await findMachine(machineContext(), name);
      await requireRunning(machine, 'opening the console of');
      terminal.err('Connected. Press return for a prompt, ctrl-] to leave.');
      await attachConsole(machine.paths.consoleSocket, process.stdin, process.stdout);
    });
};
