import { stat } from 'node:fs/promises';
import { apiAddress } from './api-forward.ts';
import { DEFAULT_MACHINE } from './names.ts';
import type { Machine } from './record.ts';
import { machineState } from './state.ts';

/** One line of `list`, in the words of `podman machine list --format json`. */
export async function listEntry(machine: Machine) {
  const { record, paths } = machine;
  const state = await machineState(machine);
  return {
    Name: record.name,
    Default: record.name === DEFAULT_MACHINE,
    Created: record.created,
    Running: state === 'running',
    Starting: state === 'starting',
    State: state,
    LastUp: record.lastUp ?? null,
    VMType: record.provider,
    CPUs: record.cpus,
    /** Bytes, as a string: so does podman. */
    Memory: String(record.memoryMiB * 1024 ** 2),
    DiskSize: String(record.diskGiB * 1024 ** 3),
    Port: record.sshPort,
    RemoteUsername: record.user,
    IdentityPath: paths.identity,
    UserModeNetworking: true,
  };
}
export type ListEntry = Awaited<ReturnType<typeof listEntry>>;

/** Everything about one machine; the first part in the words of `podman machine inspect`. */
export async function describeMachine(machine: Machine) {
  const { record, paths } = machine;
  const disk = await stat(paths.disk).catch(() => undefined);
  return {
    ConfigDir: { Path: paths.folder },
    ConnectionInfo: { PodmanSocket: { Path: paths.apiSocket } },
    Created: record.created,
    LastUp: record.lastUp ?? null,
    Name: record.name,
    Resources: { CPUs: record.cpus, DiskSize: record.diskGiB, Memory: record.memoryMiB },
    SSHConfig: { IdentityPath: paths.identity, Port: record.sshPort, RemoteUsername: record.user },
    State: await machineState(machine),
    Provider: record.provider,
    Rootful: record.rootful,
    Architecture: record.architecture,
    Image: record.image,
    Disk: { Path: paths.disk, AllocatedBytes: disk === undefined ? null : disk.blocks * 512 },
    Volumes: record.volumes,
    Network: record.network,
    Timezone: record.timezone,
    Console: { Log: paths.console, Socket: paths.consoleSocket },
    DockerHost: apiAddress(machine),
    Connections: record.registered?.connections ?? [],
    HostKey: record.hostKey ?? null,
  };
}
