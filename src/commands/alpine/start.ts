import { requireAddress } from '../../alpine/guest/ssh.ts';
import { startGuest, waitReachable } from '../../alpine/guest/run.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { openGuest } from './open.ts';
import { seconds } from '../whole-number.ts';

interface Options {
  readonly wait: boolean;
  readonly timeout: number;
  readonly dryRun?: boolean;
}

export const registerStart: RegisterCommand = (group, { terminal, signal }) => {
  group
    .command('start')
    .argument('<name>')
    .description('start a guest and wait until it can be reached')
    .option('--no-wait', 'do not wait')
    .option('--timeout <seconds>', 'how long to wait', seconds, 180)
    .option('--dry-run', 'print the commands')
    .addHelpText('after', examples(['podbsd alpine start docker', 'Start the guest "docker"']))
    .action(async (name: string, options: Options) => {
      const installed = await openGuest(terminal, name, {
        dryRun: options.dryRun,
        doing: `starting ${name}`,
      });
      const started = await startGuest(installed);
      if (options.dryRun === true) return;
      if (options.wait) {
        await waitReachable(installed, { limit: options.timeout, signal });
        terminal.err(`${name} is reachable at ${await requireAddress(installed)}.`);
      } else terminal.err(started ? `${name} is starting.` : `${name} runs already.`);
    });
};
