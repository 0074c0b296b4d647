import { installGuest } from '../../alpine/guest/install.ts';
import { chooseIso } from '../../alpine/guest/iso.ts';
import { LocalHost } from '../../host/local.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { open } from './open.ts';

interface Options {
  readonly iso?: string;
  readonly dryRun?: boolean;
}

export const registerInstall: RegisterCommand = (group, { terminal }) => {
  group
    .command('install')
    .argument('<dir>', 'folder that podbsd alpine create has made')
    .description('prepare a FreeBSD host for bhyve where needed, and install a guest')
    .option('--iso <file>', 'ISO image to boot (default: the newest that fetch has downloaded)')
    .option(
      '--dry-run',
      'print the commands; on a system that is not FreeBSD: those for a host where nothing is set up',
    )
    .addHelpText(
      'after',
      `\nInstalls vm-bhyve, grub2-bhyve and mtools, loads nmdm, makes a dataset and a switch - each only where missing.
Done again it replaces configuration and overlay and keeps the data disk.\n` +
        examples(
          ['podbsd alpine install ./docker', 'As root on the FreeBSD host'],
          ['podbsd alpine install ./docker --dry-run', 'See every command first'],
        ),
    )
    .action(async (bundle: string, options: Options) => {
      const site = await open(terminal, { dryRun: options.dryRun, doing: 'installing a guest' });
      const local = new LocalHost();
      const iso = await chooseIso(local, options.iso);
      const { guest } = await installGuest(site, { local, bundle, iso });
      if (options.dryRun !== true)
        terminal.err(`Guest ${guest.name} is in place: podbsd alpine start ${guest.name}`);
    });
};
