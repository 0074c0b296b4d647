import { readFile } from 'node:fs/promises';
import { ExitCode, PodbsdError, messageOf } from '../../src/ground/errors.ts';
import type { VolumeMethod } from '../../src/vm/podman-commands.ts';

/** What the rehearsal needs to know of an Ignition config, and the config with the rehearsal's own key in it. */
export interface RehearsalConfig {
  readonly text: string;
  readonly user: string;
  readonly uid: number;
  readonly timezone: string | undefined;
  readonly method: VolumeMethod;
  /** Tags and targets of the mount units of podman 6. */
  readonly mountUnits: readonly { readonly tag: string; readonly target: string }[];
}

interface IgnitionFile {
  passwd?: { users?: { name: string; uid?: number; sshAuthorizedKeys?: string[] }[] };
  storage?: { files?: { path: string }[]; links?: { path: string; target: string }[] };
  systemd?: { units?: { name: string; contents?: string }[] };
}

/**
 * Reads an Ignition file as podman writes it and replaces every key in it by `publicKey`, since nobody but podman's user
 * has the private half of those.
 *
 * @param uid the machine user's uid in place of the file's; undefined keeps it.
 */
export async function rehearsalConfig(
  path: string,
  publicKey: string,
  uid: number | undefined,
): Promise<RehearsalConfig> {
  const config = await readConfig(path);
  const users = config.passwd?.users ?? [];
  const machineUser = users.find((user) => user.name !== 'root' && user.sshAuthorizedKeys !== undefined);
  if (machineUser === undefined) throw unusable(path, 'it names no user with an SSH key besides root');
  if (uid !== undefined) machineUser.uid = uid;
  for (const user of users) if (user.sshAuthorizedKeys !== undefined) user.sshAuthorizedKeys = [publicKey];
  const mountUnits = (config.systemd?.units ?? []).flatMap(mountUnit);
  return {
    text: JSON.stringify(config),
    user: machineUser.name,
    uid: machineUser.uid ?? 1000,
    timezone: timezoneOf(config),
    method: methodOf(config),
    mountUnits,
  };
}

async function readConfig(path: string): Promise<IgnitionFile> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as IgnitionFile;
  } catch (error) {
    throw unusable(path, messageOf(error));
  }
}

/** By what only one generation of podman writes. */
function methodOf(config: IgnitionFile): VolumeMethod {
  const files = (config.storage?.files ?? []).map((file) => file.path);
  if (files.includes('/etc/systemd/system/user@.service.d/delegate.conf')) return '9p-over-ssh';
  return files.includes('/etc/podman-machine') ? 'mount-units' : 'virtiofs-over-ssh';
}

function mountUnit({
  name,
  contents = '',
}: {
  name: string;
  contents?: string;
}): RehearsalConfig['mountUnits'] {
  const tag = /^What=(.*)$/m.exec(contents)?.[1];
  const target = /^Where=(.*)$/m.exec(contents)?.[1];
  return name.endsWith('.mount') && tag !== undefined && target !== undefined ? [{ tag, target }] : [];
}

function timezoneOf(config: IgnitionFile): string | undefined {
  const link = config.storage?.links?.find(({ path }) => path === '/etc/localtime');
  return link?.target.replace(/^(\.\.)?\/usr\/share\/zoneinfo\//, '');
}

function unusable(path: string, problem: string): PodbsdError {
  return new PodbsdError({
    doing: `reading the Ignition config ${path}`,
    problem,
    remedy: 'give a file as podman writes it to ~/.config/containers/podman/machine/qemu/NAME.ign',
    exitCode: ExitCode.data,
  });
}
