import { findArm64Firmware } from '../vm/firmware.ts';
import { findAccelerator, type Accelerator } from '../vm/accelerator.ts';
import { ignitionConfig } from '../vm/ignition-config.ts';
import { shareTag, type Share } from '../vm/share.ts';
import type { MachineSpec } from '../vm/spec.ts';
import type { Host } from '../host/host.ts';
import { proxyEnvironment } from './proxy-environment.ts';
import type { Machine } from './record.ts';

/**
 * The era whose clients describe a machine completely in its Ignition config, shares too: nothing has to be run over SSH
 * before the machine can be used.
 */
const ERA = '6.0';

/** What stands in podman's marker file in the guest, as Ignition writes it. */
const QEMU_MARKER = 'data:,qemu%0A';
/** The one kind of machine whose podman, in all versions, publishes ports without asking gvproxy to. */
const NO_GVPROXY_MARKER = 'data:,wsl%0A';

/**
 * The Ignition config of a machine, made anew at each start: that is how changed settings reach the guest. Without
 * gvproxy a guest's podman must not be told that it has one: `podman run -p` would fail.
 */
export function machineIgnition({ record }: Machine, publicKey: string, network: 'gvproxy' | 'user'): string {
  const { user, uid, rootful, timezone, volumes } = record;
  const config = ignitionConfig({ era: ERA, user, uid, publicKey, rootful, timezone, volumes });
  return network === 'gvproxy' ? config : config.replace(QEMU_MARKER, NO_GVPROXY_MARKER);
}

/** The machine as QEMU is to run it, on gvproxy's network or QEMU's own. */
export async function machineSpec(
  host: Host,
  { record, paths }: Machine,
  network: 'gvproxy' | 'user',
  env: NodeJS.ProcessEnv,
): Promise<MachineSpec> {
  const { architecture } = record;
  const accelerator: Accelerator = await findAccelerator(host, architecture);
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
    pidFile: paths.qemuPid,
    serialLog: paths.console,
    serialSocket: paths.consoleSocket,
    ...(architecture === 'arm64' ? { firmware: await findArm64Firmware(host) } : {}),
  };
}
