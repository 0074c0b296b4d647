import { guestStatus } from '../../alpine/guest/status.ts';
import { ExitCode } from '../../ground/errors.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { openGuest } from './open.ts';

export const registerStatus: RegisterCommand = (group, { terminal }) => {
  group
    .command('status')
    .argument('<name>')
    .description('show whether a guest runs, its address and what it boots; exit code 1 unless it runs')
    .option('--json', 'print as JSON')
    .option('--dry-run', 'assume a guest on a system that is not FreeBSD')
    .addHelpText('after', examples(['podbsd alpine status docker --json', 'For a script']))
    .action(async (name: string, options: { json?: boolean; dryRun?: boolean }) => {
      const installed = await openGuest(terminal, name, {
        dryRun: options.dryRun,
        doing: `looking at ${name}`,
      });
      const status = await guestStatus(installed);
      if (options.json === true) terminal.out(JSON.stringify(status, undefined, 2));
      else
        for (const [label, value] of [
          ['state', status.state],
          ['address', status.address ?? 'unknown'],
          ['sshd', status.sshd],
          ['engine', `${status.engine} (${status.engineState})`],
          ['image', status.iso ?? 'unknown'],
          ['generations', status.generations.join(' ') || 'none'],
        ] as const)
          terminal.out(`${`${label}:`.padEnd(13)}${value}`);
      if (status.state !== 'running') process.exitCode = ExitCode.failed;
    });
};
