import { isIPv6 } from 'node:net';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { CommandError } from '../../host/command-error.ts';
import { confirms } from '../../host/ask.ts';
import type { Host } from '../../host/host.ts';
import { pinHostKey } from '../../host/ssh/user-known-hosts.ts';
import { addPodmanConnection } from '../../podman/connections.ts';
import type { Guest } from '../bundle.ts';
import type { Site } from '../site/site.ts';

export interface ConnectInput {
  readonly guest: Guest;
  readonly address: string;
  /** Private key for root; without it the user's agent or default keys are used. */
  readonly identity?: string | undefined;
  /** Makes it the default of podman or docker. */
  readonly makeDefault: boolean;
  readonly onNotice: (notice: string) => void;
}

/** Sockets of the engines in the guest. A podman built on FreeBSD would look below /var/run. */
const SOCKET = { podman: '/run/podman/podman.sock', docker: '/var/run/docker.sock' } as const;

/** Makes the guest's engine known to the user's podman or docker. Returns the command to try. */
export async function connectGuest(site: Site, input: ConnectInput): Promise<string> {
  const { guest, identity, makeDefault } = input;
  if (guest.engine === 'none')
    throw new PodbsdError({
      doing: `connecting to ${guest.name}`,
      problem: 'the guest has no container engine (engine = "none")',
      exitCode: ExitCode.usage,
    });
  const hostKey = { address: input.address, key: guest.hostKey, owner: guest.name };
  await pinHostKey(site.host, hostKey, input.onNotice);
  const host = isIPv6(input.address) ? `[${input.address}]` : input.address;
  const destination = `ssh://root@${host}:22${SOCKET[guest.engine]}`;
  if (guest.engine === 'podman')
    await addPodmanConnection(site.host, { name: guest.name, destination, identity, makeDefault });
  else await dockerContext(site, input, host);
  return guest.engine === 'podman'
    ? `podman --connection ${guest.name} info`
    : `docker --context ${guest.name} info`;
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
  const verb = (await confirms(site.host, ['docker', 'context', 'inspect', guest.name]))
    ? 'update'
    : 'create';
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
