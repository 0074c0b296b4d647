import { keepBhyve } from '../../machine/provider/bhyve/keeper.ts';
import { runForward } from '../../machine/api-forward.ts';
import type { RegisterCommand } from '../command.ts';
import { findMachine, machineContext } from './context.ts';

/** Watches over bhyve in the background; started by `start`. */
export const registerKeeper: RegisterCommand = (group, { signal }) => {
  group
    .command('__bhyve', { hidden: true })
    .argument('<name>')
    .requiredOption('--pid-file <path>')
    .action(async (name: string, { pidFile }: { pidFile: string }) => {
      await keepBhyve(await findMachine(machineContext(), name), { pidFile, signal });
    });
};

/** Carries podman's API in the background; started by `start`. */
export const registerForward: RegisterCommand = (group, { signal }) => {
  group
    .command('__forward', { hidden: true })
    .argument('<name>')
    .requiredOption('--pid-file <path>')
    .action(async (name: string, { pidFile }: { pidFile: string }) => {
      await runForward(await findMachine(machineContext(), name), pidFile, signal);
    });
};
