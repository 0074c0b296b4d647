import { join } from 'node:path';
import { CommandError } from '../host/command-error.ts';
import { LocalHost } from '../host/local.ts';
import { pinHostKey, unpinHostKey } from '../host/ssh/user-known-hosts.ts';
import { addPodmanConnection, podmanConnections } from '../podman/connections.ts';
import { findIn } from '../ground/find-program.ts';
import { PodbsdError } from '../ground/errors.ts';
import { apiAddress } from './api-forward.ts';
import { apiTarget } from './api-target.ts';
import { withMachineLock } from './lock.ts';
import type { MachinePlaces } from './places.ts';
import { openMachine, saveMachine, type Machine, type MachineRecord } from './record.ts';

/** The podman and docker of this host, where the guest is registered. */
const host = new LocalHost();

export interface RegisterOptions {
  /** Make this machine podman's default. */
  readonly makeDefault: boolean;
  readonly path: string;
  readonly onNotice: (text: string) => void;
}

/** The names under which podman knows a machine: as podman's own, `NAME` and `NAME-root`. */
export function connectionNames({ name }: Pick<MachineRecord, 'name'>): [rootless: string, rootful: string] {
  return [name, `${name}-root`];
}

/**
 * Registers the machine with podman (and docker, if wanted); does nothing when it is registered already. A machine can
 * be used without any of this, so failures are only reported.
 */
export async function registerMachine(
  places: MachinePlaces,
  name: string,
  options: RegisterOptions,
): Promise<Machine> {
  return await alone(places, `registering ${name}`, async () => {
    const registered = await register(await openMachine(places, name), options);
    const { unfinished } = registered.record;
    return unfinished === undefined ? registered : await saveMachine(registered, { unfinished: undefined });
  });
}

/** podman's list and known_hosts are shared by all machines and rewritten as a whole. */
async function alone<T>(places: MachinePlaces, doing: string, work: () => Promise<T>): Promise<T> {
  const lock = join(places.data, '.lock', '.connections');
  return await withMachineLock({ name: "podman's connections", lock }, doing, work);
}

async function register(machine: Machine, options: RegisterOptions): Promise<Machine> {
  const folders = options.path.split(':');
  let current = machine;
  try {
    if (findIn(folders, 'podman') === undefined)
      options.onNotice(`podman is not installed: use the socket, DOCKER_HOST=${apiAddress(machine)}`);
    else current = await registerPodman(machine, options);
    if (current.record.dockerContext && findIn(folders, 'docker') !== undefined)
      current = await registerDocker(current);
    else if (current.record.dockerContext) options.onNotice('docker is not installed: no context was made');
  } catch (error) {
    if (!(error instanceof PodbsdError)) throw error;
    options.onNotice([error.message, ...(error.remedy === undefined ? [] : [error.remedy])].join('\n'));
  }
  return current;
}

async function registerPodman(
  machine: Machine,
  { makeDefault, onNotice }: RegisterOptions,
): Promise<Machine> {
  const { record, paths } = machine;
  const known = await podmanConnections(host);
  const wanted = destinations(record);
  if (!makeDefault && wanted.every(({ name, destination }) => known.get(name) === destination))
    return machine;
  const address = `[127.0.0.1]:${record.sshPort}`;
  const hostKey = { address, key: record.hostKey ?? '', owner: record.name };
  const knownHost = await pinHostKey(host, hostKey, onNotice);
  for (const { name, destination, isDefault } of wanted)
    await addPodmanConnection(host, {
      name,
      destination,
      identity: paths.identity,
      makeDefault: makeDefault && isDefault,
    });
  const before = record.registered;
  if (before?.knownHost !== undefined && before.port !== record.sshPort)
    await unpinHostKey(host, before.knownHost);
  const pinned = knownHost ?? (before?.port === record.sshPort ? before.knownHost : undefined);
  return await saveMachine(machine, {
    registered: {
      port: record.sshPort,
      connections: wanted.map(({ name }) => name),
      dockerContext: before?.dockerContext ?? false,
      ...(pinned === undefined ? {} : { knownHost: pinned }),
    },
  });
}

/** The connection of the machine's mode comes first: podman makes the first one it gets its default. */
function destinations(record: MachineRecord): { name: string; destination: string; isDefault: boolean }[] {
  const [rootless, rootful] = connectionNames(record);
  const one = (name: string, asRoot: boolean) => {
    const { user, socket } = apiTarget({ ...record, rootful: asRoot });
    const destination = `ssh://${user}@127.0.0.1:${record.sshPort}${socket}`;
    return { name, destination, isDefault: asRoot === record.rootful };
  };
  const both = [one(rootless, false), one(rootful, true)];
  return record.rootful ? both.reverse() : both;
}

async function registerDocker(machine: Machine): Promise<Machine> {
  const { name, registered } = machine.record;
  const exists = await host.run(['docker', 'context', 'inspect', name], { readOnly: true }).then(
    () => true,
    (error: unknown) => {
      if (error instanceof CommandError) return false;
      throw error;
    },
  );
  const verb = exists ? 'update' : 'create';
  await host.run(['docker', 'context', verb, name, '--docker', `host=${apiAddress(machine)}`]);
  const before = registered ?? { port: machine.record.sshPort, connections: [] };
  return await saveMachine(machine, { registered: { ...before, dockerContext: true } });
}

/**
 * Removes what was registered with podman and docker, unless it was changed since.
 * @returns what could not be removed: a podman that does not work is no reason to keep a machine.
 */
export async function unregisterMachine(
  places: MachinePlaces,
  machine: Machine,
  path: string,
): Promise<PodbsdError[]> {
  const doing = `removing the connections of ${machine.record.name}`;
  return await alone(places, doing, async () => unregister(machine, path));
}

async function unregister(machine: Machine, path: string): Promise<PodbsdError[]> {
  const { registered, name } = machine.record;
  if (registered === undefined) return [];
  const folders = path.split(':');
  const { connections, port, dockerContext, knownHost } = registered;
  const has = (program: string): boolean => findIn(folders, program) !== undefined;
  const failed = [
    has('podman') && (await attempt(async () => await removeConnections(connections, port))),
    dockerContext &&
      has('docker') &&
      (await attempt(async () => await host.run(['docker', 'context', 'rm', '--force', name]))),
    knownHost !== undefined && (await attempt(async () => await unpinHostKey(host, knownHost))),
  ];
  return failed.filter((one) => one instanceof PodbsdError);
}

async function removeConnections(connections: readonly string[], port: number): Promise<void> {
  const known = await podmanConnections(host);
  for (const name of connections)
    if (known.get(name)?.includes(`@127.0.0.1:${port}/`) === true)
      await host.run(['podman', 'system', 'connection', 'remove', name]);
}

async function attempt(work: () => Promise<unknown>): Promise<PodbsdError | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof PodbsdError) return error;
    throw error;
  }
}
