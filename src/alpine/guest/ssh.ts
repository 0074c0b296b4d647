import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { CommandError } from '../../host/command-error.ts';
import type { Argv, RunResult } from '../../host/host.ts';
import { guestAddress } from './address.ts';
import type { InstalledGuest } from './installed.ts';

/**
 * The command line of ssh(1) for a guest. Its host key is pinned: podbsd's own known_hosts file is the only one that
 * counts, and the key is looked up under the guest's name, whatever its current address.
 */
export function sshArgv(
  { guest, paths }: InstalledGuest,
  address: string,
  command: readonly string[] = [],
): Argv {
  return [
    'ssh',
    // ~/.ssh/config is ignored: a proxy, a user or a host of the same name there is not meant for the guest.
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

/** Escapes a path for ssh(1), which expands percent sequences in it. */
function sshPath(path: string): string {
  return path.replaceAll('%', '%%');
}

/**
 * Runs a fixed command in the guest. Its arguments must not contain outside data, because a shell in the guest parses
 * them.
 */
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
