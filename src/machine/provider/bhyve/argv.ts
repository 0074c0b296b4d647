import { ExitCode, PodbsdError } from '../../../ground/errors.ts';
import type { Argv } from '../../../host/host.ts';
import { MAC, READY_PORT } from '../../../vm/qemu-devices.ts';
import { MAX_9P_TAG, shareTag } from '../../../vm/share.ts';
import type { Machine } from '../../record.ts';

/** UEFI for bhyve, of the package edk2-bhyve. */
export const BHYVE_FIRMWARE = '/usr/local/share/uefi-firmware/BHYVE_UEFI.fd';
/** Slots 0 to 3 are taken by the host bridge, the ISA bridge, the disk and the network card. */
const FIRST_FREE_SLOT = 4;
/** PCI slots 0 to 31, of which the ready port takes one as well. */
const MAX_SHARES = 32 - FIRST_FREE_SLOT - 1;

/** The name under which the kernel knows a machine: it is one name space for all users of the host. */
export function vmName({ record }: Machine, uid = process.getuid?.() ?? 0): string {
  return `podbsd${uid}-${record.name}`;
}

/**
 * bhyve(8)'s command line for a machine (FreeBSD 15.1, amd64): the same devices as under QEMU, so that the guest sees no
 * difference. What goes through fw_cfg is named as a file, because bhyve hands a `string=` over with a NUL at its end.
 * The first serial port is bhyve's own standard input and output. Ends with 0 when the guest restarts: it must then be
 * run again.
 *
 * @param withEnvironment whether the host uses proxies, which the machine's file `environment` names.
 */
export function bhyveArgv(machine: Machine, withEnvironment = false): Argv {
  const { record, paths } = machine;
  const { cpus, memoryMiB, sshPort, volumes } = record;
  const network = `virtio-net,slirp,open,mac=${MAC},hostfwd=tcp:127.0.0.1:${sshPort}-10.0.2.15:22`;
  const shares = volumes.map(
    ({ source, target, readOnly }) =>
      `virtio-9p,${shareTag(target).slice(0, MAX_9P_TAG)}=${plain(source)}${readOnly ? ',ro' : ''}`,
  );
  if (shares.length > MAX_SHARES) throw refused(`bhyve has room for ${MAX_SHARES} volumes`);
  const devices = [`virtio-console,${READY_PORT}=${plain(paths.readySocket)}`, ...shares];
  const environment = ['-f', `name=opt/com.coreos/environment,file=${plain(paths.environment)}`];
  return [
    'bhyve',
    ...['-c', String(cpus), '-m', `${memoryMiB}M`, '-H', '-u'],
    ...['-l', `bootrom,${BHYVE_FIRMWARE}`],
    ...['-o', 'lpc.fwcfg=qemu', '-f', `name=opt/com.coreos/config,file=${plain(paths.ignition)}`],
    ...(withEnvironment ? environment : []),
    ...['-s', '0,hostbridge', '-s', '1,lpc', '-l', 'com1,stdio'],
    ...['-s', `2,virtio-blk,${plain(paths.disk)}`],
    ...['-s', `3,${network}`],
    ...devices.flatMap((device, index) => ['-s', `${FIRST_FREE_SLOT + index},${device}`]),
    vmName(machine),
  ];
}

/** bhyve's options are separated by commas, which cannot be escaped. */
function plain(path: string): string {
  if (!path.includes(',')) return path;
  throw refused(`bhyve cannot use the path ${path}: it contains a comma`);
}

function refused(problem: string): PodbsdError {
  return new PodbsdError({
    doing: "writing bhyve's command line",
    problem,
    remedy: 'give the machine other volumes (podbsd machine set --volume ...), or use --provider qemu',
    exitCode: ExitCode.usage,
  });
}
