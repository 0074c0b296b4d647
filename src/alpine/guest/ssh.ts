import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { CommandError } from '../../host/command-error.ts';
import type { Argv, RunResult } from '../../host/host.ts';
import { guestAddress } from './address.ts';
import type { InstalledGuest } from './installed.ts';

/**
 * The command line of ssh(1) for a guest. Its host key is pinned: podbsd's own known_hosts file is the only one that
 * counts, and the key is looked up under the guest's name, whatever address it has today.
 */
export function sshArgv(
  { guest, paths }: InstalledGuest,
  address: string,
  command: readonly string[] = [],
): Argv {
  return [
    'ssh',
    // Nothing of ~/.ssh/config is meant for the guest: a proxy, another user, a host of the same name.
    ...[
      '-F',
      '/dev/null',
      '-o',
      `UserKnownHostsFile="${sshPath(paths.knownHosts)}"`,
      '-o',
      'GlobalKnownHostsFile=/dev/null',
    ],
    ...['-o', 'StrictHostKeyChecking=yes', '-o', `HostKeyAlias=${guest.name}`, '-o', 'CheckHostIP=no'],
    ...['-o', 'ConnectTimeout=10'],
    ...(guest.ownKey ? ['-o', 'IdentitiesOnly=yes', '-i', sshPath(paths.userKey)] : []),
    `root@${address}`,
    ...command,
  ];
}

/** ssh(1) takes a percent sign in a path for the beginning of one of its own words. */
function sshPath(path: string): string {
  return path.replaceAll('%', '%%');
}

/** Runs a fixed command in the guest. Its words may hold no data from outside: a shell over there reads them. */
export async function inGuest(
  installed: InstalledGuest,
  command: readonly string[],
  options: { readonly readOnly?: boolean; readonly signal?: AbortSignal } = {},
): Promise<RunResult> {
  const address = await requireAddress(installed);
  const [ssh, ...rest] = sshArgv(installed, address, command);
  return await installed.site.host.run([ssh, '-o', 'BatchMode=yes', ...rest], options);
}

/** Whether root can log in. */
export async function isReachable(installed: InstalledGuest): Promise<boolean> {
  if ((await guestAddress(installed)) === undefined) return false;
  try {
    await inGuest(installed, ['true'], { readOnly: true });
    return true;
  } catch (error) {
    if (error instanceof CommandError) return false;
    throw error;
  }
}

export async function requireAddress(installed: InstalledGuest): Promise<string> {
  const address = await guestAddress(installed);
  if (address !== undefined) return address;
  const { name } = installed.guest;
  throw new PodbsdError({
    doing: `looking for the address of ${name}`,
    problem: 'the guest has not reported one, and the ARP table of this host does not know it',
    remedy: `podbsd alpine status ${name}; podbsd alpine console ${name} shows the guest's own messages`,
    exitCode: ExitCode.notReady,
  });
}
