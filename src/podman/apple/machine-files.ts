import { dirname, join } from 'node:path';
import { configHome, type Environment } from '../../ground/xdg.ts';
import type { HelperCommandLine } from './command-line.ts';

/** Files of podman's and of ours that belong to one machine. */
export interface MachineFiles {
  /** podman's description of the machine. */
  readonly description: string;
  /** The Ignition config as podman keeps it until the machine is removed. */
  readonly ignition: string;
  /** Our own copy of it, only made where podman's cannot be read or differs from what podman served. */
  readonly ignitionCopy: string;
  /** The lock: who runs this disk. */
  readonly lock: string;
  /** Console of the guest, and messages of the stand-in. podman removes it with the machine. */
  readonly log: string;
  /** Where gvproxy's process id may be: podman gives its sockets other folders when their paths get too long. */
  readonly gvproxyPids: readonly string[];
}

export function machineFiles(line: HelperCommandLine, env: Environment): MachineFiles {
  const { name, provider, disk, readySocket, network } = line;
  const config = join(configHome(env), 'containers', 'podman', 'machine', provider);
  const log = line.log ?? join(dirname(readySocket), `${name}.log`);
  const runtime = join(env['TMPDIR'] ?? '/tmp', 'podman');
  const folders = [dirname(network.socket), dirname(log), runtime];
  return {
    description: join(config, `${name}.json`),
    ignition: join(config, `${name}.ign`),
    ignitionCopy: join(dirname(disk), `${name}.podbsd.ign`),
    lock: `${disk}.podbsd-lock`,
    log,
    gvproxyPids: [...new Set(folders)].map((folder) => join(folder, 'gvproxy.pid')),
  };
}
