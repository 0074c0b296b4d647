import { findArm64Firmware } from '../../../vm/firmware.ts';
import { findAccelerator, type Accelerator } from '../../../vm/accelerator.ts';
import { shareTag, type Share } from '../../../vm/share.ts';
import type { MachineSpec } from '../../../vm/spec.ts';
import { proxyEnvironment } from '../../proxy-environment.ts';
import type { Machine } from '../../record.ts';

/** The machine as QEMU is to run it, on gvproxy's network or QEMU's own. */
export async function machineSpec(
  { record, paths }: Machine,
  network: 'gvproxy' | 'user',
  env: NodeJS.ProcessEnv,
): Promise<MachineSpec> {
  const { architecture } = record;
  const accelerator: Accelerator = await findAccelerator(architecture);
  const environment = proxyEnvironment(env, network);
  return {
    // Its devices are there on every host; podman 5's shared memory is Linux's alone.
    style: 'podman-4',
    architecture,
    accelerator,
    memoryMiB: record.memoryMiB,
    cpus: record.cpus,
    boot: { kind: 'disk', path: paths.disk, discard: true },
    network:
      network === 'gvproxy'
        ? { kind: 'stream', path: paths.networkSocket }
        : { kind: 'user', sshPort: record.sshPort },
    shares: record.volumes.map(({ source, target, readOnly }): Share => ({
      tag: shareTag(target),
      source,
      readOnly,
    })),
    shareTransport: 'virtio-9p',
    securityModel: 'none',
    name: record.name,
    ignitionFile: paths.ignition,
    ...(environment === undefined ? {} : { environment }),
    qmpSocket: paths.qmpSocket,
    readySocket: paths.ready,
    readyLog: paths.ready,
    pidFile: paths.vmPid,
    serialLog: paths.console,
    serialSocket: paths.consoleSocket,
    ...(architecture === 'arm64' ? { firmware: await findArm64Firmware() } : {}),
  };
}
