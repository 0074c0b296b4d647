import { availableParallelism } from 'node:os';
import type { Config } from '../../config/schema.ts';
import type { Host } from '../../host/host.ts';
import type { SshHost } from '../../host/ssh.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import type { Accelerator } from '../../vm/accelerator.ts';
import { findArm64Firmware } from '../../vm/firmware.ts';
import { freePort } from '../../vm/free-port.ts';
import { makeMachineFolder, type MachineFolder } from '../../vm/machine-folder.ts';
import { RunningMachine } from '../../vm/running-machine.ts';
import { connectInside } from './connect.ts';
import type { BakePaths } from './paths.ts';
import { readSeedKeys, seedDisk } from './seed-files.ts';

/** Milliseconds that a guest may take to boot or to power off. Emulated, everything takes twenty times as long. */
const PATIENCE = { native: 5 * 60_000, emulated: 40 * 60_000 } as const;

export function patience(accelerator: Accelerator): number {
  return accelerator === 'tcg' ? PATIENCE.emulated : PATIENCE.native;
}

/** A machine that has booted, and the login of root in it. */
export interface Booted {
  readonly machine: RunningMachine;
  readonly folder: MachineFolder;
  readonly ssh: SshHost;
}

/** Boots a disk and logs in. The process is recorded first, so that a later podbsd finds it when this one is killed. */
export async function bootMachine(
  { host, config, paths }: { readonly host: Host; readonly config: Config; readonly paths: BakePaths },
  what: {
    readonly disk: string;
    /** The base's first boot gets the seed. */
    readonly firstBoot: boolean;
    readonly accelerator: Accelerator;
  },
  run: StageRun,
): Promise<Booted> {
  const { architecture } = config.build;
  const { accelerator } = what;
  const firmware = architecture === 'arm64' ? await findArm64Firmware() : undefined;
  const keys = await readSeedKeys(host, paths.seed);
  const sshPort = await freePort();
  const folder = await makeMachineFolder();
  await host.mkdir(paths.directory);
  if ((await host.stat(paths.console)) !== undefined)
    await host.rename(paths.console, `${paths.console}.old`);
  const { qmpSocket, pidFile, path } = folder;
  await host.writeFile(paths.machine, JSON.stringify({ qmpSocket, pidFile, folder: path }));
  const spec = {
    style: 'podman-4',
    architecture,
    accelerator,
    memoryMiB: config.bake.memory,
    cpus: config.bake.cpus ?? Math.min(4, availableParallelism()),
    boot: { kind: 'disk', path: what.disk, discard: true },
    rawDisks: what.firstBoot ? [seedDisk(paths.seed)] : [],
    network: { kind: 'user', sshPort },
    shares: [],
    shareTransport: 'virtio-9p',
    securityModel: 'none',
    name: 'bake',
    qmpSocket,
    readySocket: folder.readySocket,
    pidFile,
    serialLog: paths.console,
    ...(firmware === undefined ? {} : { firmware }),
  } as const;
  const timeoutMs = patience(accelerator);
  const machine = await RunningMachine.start(spec, { readyTimeoutMs: timeoutMs });
  try {
    const ssh = await connectInside({ machine, sshPort, keys, console: paths.console, timeoutMs, run });
    return { machine, folder, ssh };
  } catch (error) {
    await machine.kill();
    await folder.remove();
    throw error;
  }
}
