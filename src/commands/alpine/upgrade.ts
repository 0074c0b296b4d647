import { upgradeGuest } from '../../alpine/guest/upgrade.ts';
import { chooseIso } from '../../alpine/guest/iso.ts';
import { fetchIso } from '../../alpine/release/fetch.ts';
import { isoFolder } from '../../alpine/release/store.ts';
import { loadConfig } from '../../config/load.ts';
import { LocalHost } from '../../host/local.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { openGuest } from './open.ts';
import { seconds } from '../whole-number.ts';

interface Options {
  readonly iso?: string;
  readonly config?: string;
  readonly timeout: number;
  readonly dryRun?: boolean;
}

export const registerUpgrade: RegisterCommand = (group, { terminal, signal }) => {
  group
    .command('upgrade')
    .argument('<name>')
    .description('boot a guest from the latest ISO image, and go back when it cannot be reached')
    .option('--iso <file>', 'this image instead of the latest')
    .option('--config <file>', 'configuration with an [alpine] table (default: podbsd.toml)')
    .option('--timeout <seconds>', 'how long the guest may take until it is reachable', seconds, 300)
    .option('--dry-run', 'print the commands')
    .addHelpText(
      'after',
      examples(['podbsd alpine upgrade docker', 'Fetch, verify, restart, and go back on failure']),
    )
    .action(async (name: string, options: Options) => {
      const installed = await openGuest(terminal, name, {
        dryRun: options.dryRun,
        doing: `upgrading ${name}`,
      });
      const { config } = await loadConfig({ file: options.config });
      const { mirror, branch } = config.alpine;
      const local = new LocalHost();
      const iso =
        options.iso !== undefined || options.dryRun === true
          ? await chooseIso(local, options.iso)
          : (await fetchIso(local, { mirror, branch, folder: isoFolder(), signal })).path;
      const say = (line: string): void => terminal.err(line);
      const changed = await upgradeGuest(installed, {
        iso,
        stopLimit: 60,
        readyLimit: options.timeout,
        signal,
        say,
      });
      if (options.dryRun !== true)
        terminal.err(changed ? `${name} runs from ${iso}.` : `${name} boots from the latest image already.`);
    });
};
