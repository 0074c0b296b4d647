import { isIPv6 } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ExitCode, PodbsdError } from '../../errors.ts';
import { CommandError } from '../../host/command-error.ts';
import type { Host } from '../../host/host.ts';
import type { Guest } from '../bundle.ts';
import { answer, succeeds, type Site } from '../site/site.ts';

export interface ConnectInput {
  readonly guest: Guest;
  readonly address: string;
  /** Private key for root; without it the user's agent or default keys are used. */
  readonly identity?: string | undefined;
  /** Makes it the one that podman or docker uses when none is named. */
  readonly makeDefault: boolean;
}

/** Sockets of the engines in the guest. A podman built on FreeBSD would look below /var/run. */
const SOCKET = { podman: '/run/podman/podman.sock', docker: '/var/run/docker.sock' } as const;

/** Makes the guest's engine known to the user's podman or docker. Returns the command to try. */
export async function connectGuest(site: Site, input: ConnectInput): Promise<string> {
  const { guest } = input;
  if (guest.engine === 'none')
    throw new PodbsdError({
      doing: `connecting to ${guest.name}`,
      problem: 'the guest has no container engine (engine = "none")',
      exitCode: ExitCode.usage,
    });
  await pinHostKey(site, input);
  const host = isIPv6(input.address) ? `[${input.address}]` : input.address;
  const destination = `ssh://root@${host}:22${SOCKET[guest.engine]}`;
  if (guest.engine === 'podman') await podmanConnection(site, input, destination);
  else await dockerContext(site, input, host);
  return guest.engine === 'podman'
    ? `podman --connection ${guest.name} info`
    : `docker --context ${guest.name} info`;
}

/** podman and docker check the host key against the user's own known_hosts. An entry for another key is not touched. */
async function pinHostKey(site: Site, { guest, address }: ConnectInput): Promise<void> {
  const file = join(homedir(), '.ssh', 'known_hosts');
  const known = (await answer(site, ['ssh-keygen', '-F', address, '-f', file])) ?? '';
  const key = guest.hostKey.split(' ')[1] ?? '';
  if (key !== '' && known.includes(key)) return;
  if (/ ssh-ed25519 /.test(known))
    throw new PodbsdError({
      doing: `pinning the host key of ${guest.name}`,
      problem: `${file} knows another key for ${address}`,
      remedy: `if that machine is gone: ssh-keygen -R ${address}`,
      exitCode: ExitCode.untrusted,
    });
  const before = (await site.host.readText(file)) ?? '';
  const separator = before === '' || before.endsWith('\n') ? '' : '\n';
  await site.host.writeFile(file, `${before}${separator}${address} ${guest.hostKey}\n`, { mode: 0o600 });
}

async function podmanConnection(site: Site, input: ConnectInput, destination: string): Promise<void> {
  const { guest, identity, makeDefault } = input;
  const list =
    (await answer(site, ['podman', 'system', 'connection', 'list', '--format', '{{.Name}}'])) ?? '';
  // podman marks the default with a star.
  const names = list.split('\n').map((name) => name.replace(/\*$/, '').trim());
  if (names.includes(guest.name))
    await site.host.run(['podman', 'system', 'connection', 'remove', guest.name]);
  const flags = [
    ...(makeDefault ? ['--default'] : []),
    ...(identity === undefined ? [] : ['--identity', identity]),
  ];
  await site.host.run(['podman', 'system', 'connection', 'add', ...flags, guest.name, destination]);
}

/**
 * docker runs `docker system dial-stdio` in the guest through ssh(1). Clients before version 25 refuse a socket path
 * in the address; the one that they use then is the same.
 */
async function dockerContext(
  site: Site,
  { guest, makeDefault }: ConnectInput,
  address: string,
): Promise<void> {
  const verb = (await succeeds(site, ['docker', 'context', 'inspect', guest.name])) ? 'update' : 'create';
  const describe = async (host: Host, destination: string): Promise<void> => {
    await host.run(['docker', 'context', verb, guest.name, '--docker', `host=${destination}`]);
  };
  try {
    await describe(site.host, `ssh://root@${address}:22${SOCKET.docker}`);
  } catch (error) {
    if (!(error instanceof CommandError) || !error.problem.includes('extra path')) throw error;
    await describe(site.host, `ssh://root@${address}:22`);
  }
  if (makeDefault) await site.host.run(['docker', 'context', 'use', guest.name]);
}
