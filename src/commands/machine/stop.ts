import { DEFAULT_MACHINE } from '../../machine/names.ts';
import { stopMachine } from '../../machine/stop.ts';
import { seconds } from '../whole-number.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { findMachine, machineContext } from './context.ts';

/** Seconds until a guest that does not shut down is forced off. */
export const STOP_LIMIT = 90;

export const registerStop: RegisterCommand = (group, { terminal, signal }) => {
  group
    .command('stop')
    .argument('[name]', 'name of the machine', DEFAULT_MACHINE)
    .description('shut a machine down (ACPI); after a time limit it is forced off')
    .option('--timeout <seconds>', 'how long it may take to shut down', seconds, STOP_LIMIT)
    .option('--dry-run', 'say what would be done')
    .addHelpText('after', examples(['podbsd machine stop --timeout 10', 'Do not wait long']))
    .action(async (name: string, options: { timeout: number; dryRun?: boolean }) => {
      const { places } = machineContext();
      if (options.dryRun === true) {
        const { paths } = await findMachine({ places }, name);
        terminal.out(`would press the power button through ${paths.qmpSocket}`);
        terminal.out(`after ${options.timeout} s: would end the process that ${paths.vmPid} names`);
        return;
      }
      const how = await stopMachine(places, name, { limitMs: options.timeout * 1000, signal });
      terminal.err(`Machine ${name} ${how}.`);
    });
};
