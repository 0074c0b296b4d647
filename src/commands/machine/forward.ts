import { runForward } from '../../machine/api-forward.ts';
import type { RegisterCommand } from '../command.ts';
import { findMachine, machineContext } from './context.ts';

/** The podbsd in the background that carries a machine's API socket; started by `start`. */
export const registerForward: RegisterCommand = (group, { signal }) => {
  group
    .command('__forward', { hidden: true })
    .argument('<name>')
    .requiredOption('--pid-file <path>')
    .action(async (name: string, { pidFile }: { pidFile: string }) => {
      await runForward(await findMachine(machineContext(), name), pidFile, signal);
    });
};
