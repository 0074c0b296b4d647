import { DEFAULT_MACHINE } from '../../machine/names.ts';
import { stopMachine } from '../../machine/stop.ts';
import { seconds } from '../whole-number.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { machineContext } from './context.ts';
import { showStart, START_LIMIT } from './show-start.ts';
import { STOP_LIMIT } from './stop.ts';

export const registerRestart: RegisterCommand = (group, context) => {
  group
    .command('restart')
    .argument('[name]', 'name of the machine', DEFAULT_MACHINE)
    .description('stop a machine and start it again; changed settings take effect')
    .option('--timeout <seconds>', 'how long it may take to start', seconds, START_LIMIT)
    .option('-q, --quiet', 'print errors only')
    .addHelpText('after', examples(['podbsd machine restart work', 'Restart the machine work']))
    .action(async (name: string, { timeout, quiet = false }: { timeout: number; quiet?: boolean }) => {
      const machine = machineContext();
      const { signal, terminal } = context;
      const how = await stopMachine(machine.places, name, {
        limitMs: STOP_LIMIT * 1000,
        signal,
      });
      if (!quiet) terminal.err(`Machine ${name} ${how}.`);
      await showStart(machine, context, name, { timeout, quiet, makeDefault: false });
    });
};
