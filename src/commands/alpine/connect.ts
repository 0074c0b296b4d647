import { join, resolve } from 'node:path';
import { guestAddress } from '../../alpine/guest/address.ts';
import { connectGuest } from '../../alpine/guest/connect.ts';
import { readGuest, type Guest } from '../../alpine/bundle.ts';
import { bundleFiles } from '../../alpine/bundle-files.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { LocalHost } from '../../host/local.ts';
import type { Terminal } from '../../ground/terminal.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { open, openGuest } from './open.ts';

interface Options {
  readonly from?: string;
  readonly address?: string;
  readonly identity?: string;
  readonly default?: boolean;
  readonly dryRun?: boolean;
}

export const registerConnect: RegisterCommand = (group, { terminal }) => {
  group
    .command('connect')
    .argument('<name>')
    .description('tell podman (system connection) or docker (context) of this user about a guest')
    .option('--from <dir>', 'folder that create has made; needed by users other than root')
    .option(
      '--address <address>',
      'address or name of the guest (default: the fixed one, or what it reports)',
    )
    .option('--identity <file>', 'private key for root (default: the one that podbsd has made)')
    .option('--default', 'make it the default')
    .option('--dry-run', 'print the commands')
    .addHelpText(
      'after',
      examples(
        ['podbsd alpine connect docker --default', 'As root: the default of docker, and of podman --remote'],
        ['podbsd alpine connect docker --from ./docker --address 192.0.2.10', 'As an ordinary user'],
      ),
    )
    .action(async (name: string, options: Options) => {
      const { guest, address, identity } = await whereIs(terminal, name, options);
      const site = await open(terminal, {
        dryRun: options.dryRun,
        root: false,
        doing: `connecting to ${name}`,
      });
      const makeDefault = options.default === true;
      const use = await connectGuest(site, {
        guest,
        address,
        identity: options.identity === undefined ? identity : resolve(options.identity),
        makeDefault,
        onNotice: (notice) => terminal.err(notice),
      });
      if (options.dryRun === true) return;
      terminal.err(`Try it: ${use}`);
      if (guest.engine === 'docker' && identity !== undefined)
        terminal.err(
          `docker uses ssh(1): name the key ${identity} as IdentityFile for ${address} in ~/.ssh/config.`,
        );
    });
};

interface Place {
  readonly guest: Guest;
  readonly address: string;
  readonly identity?: string;
}

async function whereIs(terminal: Terminal, name: string, options: Options): Promise<Place> {
  const doing = `connecting to ${name}`;
  if (options.from !== undefined) {
    // Also in a dry run elsewhere: the folder is on this machine. podman keeps the path of the key, so it is absolute.
    const guest = await readGuest(new LocalHost(), options.from, `podbsd alpine create ${name}`);
    const key = guest.ownKey ? { identity: join(resolve(options.from), bundleFiles.userKey) } : {};
    return { guest, address: options.address ?? guest.address ?? noAddress(name), ...key };
  }
  const installed = await openGuest(terminal, name, { dryRun: options.dryRun, doing });
  const { guest, paths } = installed;
  const address = options.address ?? (await guestAddress(installed)) ?? noAddress(name);
  return { guest, address, ...(guest.ownKey ? { identity: paths.userKey } : {}) };
}

function noAddress(name: string): never {
  throw new PodbsdError({
    doing: `connecting to ${name}`,
    problem: 'the address of the guest is not known',
    remedy: `name it with --address; as root, podbsd alpine status ${name} shows it`,
    exitCode: ExitCode.usage,
  });
}
