import type { Argv } from '../host/host.ts';
import { READY_PORT } from '../vm/qemu-devices.ts';
import { MAX_9P_TAG, shareTag } from '../vm/share.ts';
import type { Machine } from './record.ts';

/** UEFI for bhyve, of the package edk2-bhyve. */
const FIRMWARE = '/usr/local/share/uefi-firmware/BHYVE_UEFI.fd';
/** The card's address that podman's machines have. */
const MAC = '5a:94:ef:e4:0c:ee';
/** Slots 0 to 3 are taken by the host bridge, the ISA bridge, the disk and the network card. */
const FIRST_FREE_SLOT = 4;

/**
 * bhyve(8)'s command line for a machine (FreeBSD 15.1, amd64): the same devices as under QEMU, so that the guest sees no
 * difference. The Ignition config goes through `file=`, because bhyve hands a `string=` over with a NUL at its end.
 * Ends with 0 when the guest restarts: it must then be run again.
 */
export function bhyveArgv({ record, paths }: Machine, disk = paths.disk.replace(/\.qcow2$/, '.raw')): Argv {
  const { cpus, memoryMiB, sshPort, name, volumes } = record;
  const network = `virtio-net,slirp,open,mac=${MAC},hostfwd=tcp:127.0.0.1:${sshPort}-10.0.2.15:22`;
  const shares = volumes.map(
    ({ source, target, readOnly }) =>
      `virtio-9p,${shareTag(target).slice(0, MAX_9P_TAG)}=${source}${readOnly ? ',ro' : ''}`,
  );
  const devices = [`virtio-console,${READY_PORT}=${paths.ready.replace(/\.log$/, '.sock')}`, ...shares];
  return [
    'bhyve',
    ...['-c', String(cpus), '-m', `${memoryMiB}M`, '-H', '-u'],
    ...['-l', `bootrom,${FIRMWARE}`],
    ...['-o', 'lpc.fwcfg=qemu', '-f', `name=opt/com.coreos/config,file=${paths.ignition}`],
    ...['-s', '0,hostbridge', '-s', '1,lpc'],
    ...['-l', `com1,/dev/nmdm-podbsd-${name}.1A`],
    ...['-s', `2,virtio-blk,${disk}`],
    ...['-s', `3,${network}`],
    ...devices.flatMap((device, index) => ['-s', `${FIRST_FREE_SLOT + index},${device}`]),
    `podbsd-${name}`,
  ];
}
