import { DryRunHost } from '../../host/dry-run.ts';
import { LocalHost } from '../../host/local.ts';
import { disableAutostart, enableAutostart } from '../../machine/autostart/autostart.ts';
import { autostartService } from '../../machine/autostart/service.ts';
import { podbsdCommand } from '../../machine/own-command.ts';
import { DEFAULT_MACHINE } from '../../machine/names.ts';
import { examples, type RegisterCommand } from '../command.ts';
import type { Machine } from '../../machine/record.ts';
import { findMachine, machineContext } from './context.ts';

interface Options {
  readonly off?: boolean;
  readonly dryRun?: boolean;
}

export const registerAutostart: RegisterCommand = (group, { terminal }) => {
  group
    .command('autostart')
    .argument('[name]', 'name of the machine', DEFAULT_MACHINE)
    .description('start a machine at login: launchd agent, systemd user unit, or rc script on FreeBSD')
    .option('--off', 'no longer start it at login')
    .option('--dry-run', 'print the file and the commands')
    .addHelpText(
      'after',
      examples(
        ['podbsd machine autostart work', 'Start the machine work at every login'],
        ['podbsd machine autostart --off work', 'No longer start it at login'],
      ),
    )
    .action(async (name: string, { off = false, dryRun = false }: Options) => {
      const owner = off ? '' : await ownerOf(await findMachine(machineContext(), name));
      const host = dryRun ? new DryRunHost((line) => terminal.out(line), new LocalHost()) : new LocalHost();
      const { platform, env } = process;
      const service = await autostartService(name, { platform, env, podbsd: podbsdCommand(), user: owner });
      if (dryRun && !off) terminal.out(service.content);
      if (!off) await enableAutostart(service, host);
      const removed = off && (await disableAutostart(service, host));
      if (dryRun) return;
      if (off) terminal.err(removed ? `${service.path} is gone.` : `${name} was not started at login.`);
      else terminal.err(`${name} will be started at login: ${service.path}`);
    });
};

/** root writes the service for the user whose machine it is. */
async function ownerOf({ paths }: Machine): Promise<string> {
  const host = new LocalHost();
  const uid = (await host.stat(paths.folder))?.uid ?? 0;
  return (await host.run(['id', '-un', String(uid)], { readOnly: true })).stdout.trim();
}
