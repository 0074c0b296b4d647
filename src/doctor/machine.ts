import { apiPing } from '../vm/verify/api-ping.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import * as z from 'zod';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { CommandError } from '../host/command-error.ts';
import { runProgram } from '../host/run-program.ts';
import { SshHost } from '../host/ssh.ts';
import type { SshSettings } from '../host/ssh/settings.ts';
import { settingsFromUrl } from '../host/ssh/user-config.ts';
import { sshSettings } from '../machine/login.ts';
import type { MachinePlaces } from '../machine/places.ts';
import { machineExists, openMachine } from '../machine/record.ts';
import { makeMachineFolder } from '../vm/machine-folder.ts';
import type { Guest } from './guest.ts';

/** A machine to look at: `ssh://core@127.0.0.1:PORT`, or the name of one of podbsd's or podman's machines. */
export interface MachineChoice {
  readonly machine: string;
  readonly identity?: string;
  readonly acceptNewHostKey: boolean;
  /** Told when an accepted key cannot be written down. */
  readonly onNotice: (text: string) => void;
}

/** Milliseconds; a guest under emulation needs seconds for a key exchange. */
const LOGIN_TIMEOUT = 60_000;

/** Logs in to a machine, calls `use`, and logs out. */
export async function withGuest<Result>(
  places: MachinePlaces,
  choice: MachineChoice,
  use: (guest: Guest) => Promise<Result>,
): Promise<Result> {
  const scratch = await mkdtemp(join(tmpdir(), 'podbsd-doctor-'));
  const folder = await makeMachineFolder();
  try {
    const settings = await settingsOf(places, choice, scratch);
    const ssh = await SshHost.connect({ connectTimeoutMs: LOGIN_TIMEOUT, ...settings });
    try {
      return await use({
        host: ssh,
        user: settings.user,
        ping: (socket) => apiPing(ssh, socket, folder),
      });
    } finally {
      await ssh.close();
    }
  } finally {
    await folder.remove();
    await rm(scratch, { recursive: true, force: true });
  }
}

async function settingsOf(
  places: MachinePlaces,
  { machine, identity, acceptNewHostKey, onNotice }: MachineChoice,
  scratch: string,
): Promise<SshSettings> {
  const own = identity === undefined ? {} : { identity: { file: resolve(identity) } };
  if (/^ssh:\/\//i.test(machine))
    return {
      ...(await settingsFromUrl(machine)),
      ...own,
      ...(acceptNewHostKey ? { acceptNewHostKey } : {}),
      onNotice,
    };
  if (await machineExists(places, machine)) {
    const found = await openMachine(places, machine);
    return { ...sshSettings(found, found.record.user), ...own };
  }
  return { ...(await podmanMachine(machine, scratch)), ...own };
}

const inspected = z.array(
  z.object({
    SSHConfig: z.object({ IdentityPath: z.string(), Port: z.number(), RemoteUsername: z.string() }),
  }),
);

/**
 * podman keeps no host keys of its machines and checks none: the connection does not leave this computer. So any key is
 * accepted here, too.
 */
async function podmanMachine(name: string, scratch: string): Promise<SshSettings> {
  const text = await inspect(name);
  const [found] = inspected.parse(JSON.parse(text));
  if (found === undefined) throw noSuchMachine(name);
  const { IdentityPath, Port, RemoteUsername } = found.SSHConfig;
  return {
    user: RemoteUsername,
    host: '127.0.0.1',
    port: Port,
    identity: { file: IdentityPath },
    agent: false,
    knownHostsFiles: [join(scratch, 'known_hosts')],
    acceptNewHostKey: true,
  };
}

async function inspect(name: string): Promise<string> {
  try {
    return (await runProgram(['podman', 'machine', 'inspect', name])).stdout;
  } catch (error) {
    if (error instanceof CommandError) throw noSuchMachine(name, error);
    throw error;
  }
}

function noSuchMachine(name: string, cause?: unknown): PodbsdError {
  return new PodbsdError({
    doing: `looking for the machine ${name}`,
    problem: 'neither podbsd nor podman has a machine of this name',
    remedy:
      'podbsd machine list and podman machine list show them; or give --machine ssh://core@127.0.0.1:PORT --identity FILE',
    exitCode: ExitCode.failed,
    cause,
  });
}
