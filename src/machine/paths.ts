import { join } from 'node:path';
import { ExitCode, PodbsdError } from '../errors.ts';
import type { MachinePlaces } from './places.ts';

/** The files of one machine. */
export interface MachinePaths {
  /** Everything that must not be lost. */
  readonly folder: string;
  readonly record: string;
  readonly disk: string;
  /** Private key; the public one has `.pub` behind it. */
  readonly identity: string;
  /** The guest's host key under the machine's name, for ssh(1). */
  readonly knownHosts: string;
  readonly ignition: string;
  readonly console: string;
  /** The line that the guest wrote when it was ready, or why it is not. */
  readonly ready: string;
  readonly qemuLog: string;
  readonly gvproxyLog: string;
  readonly forwardLog: string;
  readonly lock: string;
  /** Everything below is gone after a restart of the host. */
  readonly runtime: string;
  readonly qmpSocket: string;
  readonly consoleSocket: string;
  readonly networkSocket: string;
  readonly apiSocket: string;
  readonly qemuPid: string;
  readonly gvproxyPid: string;
  readonly forwardPid: string;
}

/** Bytes of a unix socket's path on FreeBSD and macOS, with the NUL at its end; Linux has four more. */
const MAX_SOCKET_PATH = 104;

export function machinePaths(places: MachinePlaces, name: string): MachinePaths {
  const folder = join(places.data, name);
  const runtime = join(places.runtime, name);
  const paths = { ...machineFiles(folder), lock: join(places.data, '.lock', name), ...volatile(runtime) };
  if (Buffer.byteLength(paths.consoleSocket) < MAX_SOCKET_PATH) return paths;
  throw new PodbsdError({
    doing: `looking for the machine ${name}`,
    problem: `the path of its socket is too long (${MAX_SOCKET_PATH - 1} bytes at most): ${paths.consoleSocket}`,
    remedy: 'choose a shorter name, or set XDG_RUNTIME_DIR to a shorter path',
    exitCode: ExitCode.host,
  });
}

/** What lies in a machine's folder. */
export function machineFiles(folder: string) {
  return {
    folder,
    record: join(folder, 'machine.json'),
    disk: join(folder, 'disk.qcow2'),
    identity: join(folder, 'key'),
    knownHosts: join(folder, 'known_hosts'),
    ignition: join(folder, 'config.ign'),
    console: join(folder, 'console.log'),
    ready: join(folder, 'ready.log'),
    qemuLog: join(folder, 'qemu.log'),
    gvproxyLog: join(folder, 'gvproxy.log'),
    forwardLog: join(folder, 'forward.log'),
  };
}

function volatile(runtime: string) {
  return {
    runtime,
    qmpSocket: join(runtime, 'qmp.sock'),
    consoleSocket: join(runtime, 'console.sock'),
    networkSocket: join(runtime, 'net.sock'),
    apiSocket: join(runtime, 'api.sock'),
    qemuPid: join(runtime, 'qemu.pid'),
    gvproxyPid: join(runtime, 'gvproxy.pid'),
    forwardPid: join(runtime, 'forward.pid'),
  };
}
