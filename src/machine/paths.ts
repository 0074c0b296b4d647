import { join } from 'node:path';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { MachinePlaces } from './places.ts';
import { diskFormats, type ProviderName } from './provider/names.ts';

/** The files of one machine. */
export interface MachinePaths {
  /** Everything that must not be lost. */
  readonly folder: string;
  readonly record: string;
  readonly disk: string;
  /** Private key; the public one ends in `.pub`. */
  readonly identity: string;
  /** The guest's host key under the machine's name, for ssh(1). */
  readonly knownHosts: string;
  readonly ignition: string;
  /** Proxies of the host, for bhyve, which takes them from a file. */
  readonly environment: string;
  readonly console: string;
  /** The line that the guest wrote when it was ready, or why it is not. */
  readonly ready: string;
  /** Output of the machine's process itself. */
  readonly vmLog: string;
  readonly gvproxyLog: string;
  readonly forwardLog: string;
  /** Not with the sockets: two sessions of one user may have different folders for these, but see the same processes. */
  readonly vmPid: string;
  readonly gvproxyPid: string;
  readonly forwardPid: string;
  readonly lock: string;
  /** Everything below is gone after a restart of the host. */
  readonly runtime: string;
  readonly qmpSocket: string;
  readonly consoleSocket: string;
  /** bhyve opens it for what the guest writes when it is ready. */
  readonly readySocket: string;
  readonly networkSocket: string;
  readonly apiSocket: string;
}

/** Bytes of a unix socket's path on FreeBSD and macOS, with the NUL at its end; Linux has four more. */
const MAX_SOCKET_PATH = 104;

/** @param runtime the folder of its sockets, where it is not the one that `places` would give it now. */
export function machinePaths(
  places: MachinePlaces,
  name: string,
  {
    provider = 'qemu',
    runtime = join(places.runtime, name),
  }: { provider?: ProviderName; runtime?: string } = {},
): MachinePaths {
  const folder = join(places.data, name);
  const files = machineFiles(folder, provider);
  const paths = { ...files, lock: join(places.data, '.lock', name), ...volatile(runtime) };
  if (Buffer.byteLength(paths.consoleSocket) < MAX_SOCKET_PATH) return paths;
  throw new PodbsdError({
    doing: `looking for the machine ${name}`,
    problem: `the path of its socket is too long (${MAX_SOCKET_PATH - 1} bytes at most): ${paths.consoleSocket}`,
    remedy: 'choose a shorter name, or set XDG_RUNTIME_DIR to a shorter path',
    exitCode: ExitCode.host,
  });
}

/** The files in a machine's folder. */
export function machineFiles(folder: string, provider: ProviderName) {
  return {
    folder,
    record: join(folder, 'machine.json'),
    disk: join(folder, `disk.${diskFormats[provider]}`),
    identity: join(folder, 'key'),
    knownHosts: join(folder, 'known_hosts'),
    ignition: join(folder, 'config.ign'),
    console: join(folder, 'console.log'),
    ready: join(folder, 'ready.log'),
    vmLog: join(folder, 'vm.log'),
    gvproxyLog: join(folder, 'gvproxy.log'),
    forwardLog: join(folder, 'forward.log'),
    environment: join(folder, 'environment'),
    vmPid: join(folder, 'vm.pid'),
    gvproxyPid: join(folder, 'gvproxy.pid'),
    forwardPid: join(folder, 'forward.pid'),
  };
}

function volatile(runtime: string) {
  return {
    runtime,
    qmpSocket: join(runtime, 'qmp.sock'),
    consoleSocket: join(runtime, 'console.sock'),
    readySocket: join(runtime, 'ready.sock'),
    networkSocket: join(runtime, 'net.sock'),
    apiSocket: join(runtime, 'api.sock'),
  };
}
