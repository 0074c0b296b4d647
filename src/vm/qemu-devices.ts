import { dirname, join } from 'node:path';
import { ninePDevice } from './nine-p-device.ts';
import type { Share } from './share.ts';
import { qemuValue } from './qemu-value.ts';
import type { MachineSpec, Network } from './spec.ts';

/** The address of every podman machine's card: gvproxy's DHCP gives 192.168.127.2 to it alone. */
export const MAC = '5a:94:ef:e4:0c:ee';
/** The name by which the guest finds the port it writes `Ready` to. */
export const READY_PORT = 'org.fedoraproject.port.0';

export function networkArgs(network: Network): string[] {
  return ['-netdev', netdev(network), '-device', `virtio-net-pci,netdev=vlan,mac=${MAC}`];
}

export function netdev(network: Network): string {
  switch (network.kind) {
    case 'descriptor':
      return `socket,id=vlan,fd=${network.fd}`;
    case 'stream':
      return `stream,id=vlan,server=off,addr.type=unix,addr.path=${qemuValue(network.path)}`;
    case 'datagram':
      return `dgram,id=vlan,local.type=fd,local.str=${network.fd}`;
    case 'user':
      return `user,id=vlan,hostfwd=tcp:127.0.0.1:${network.sshPort}-:22`;
  }
}

export function readyPortArgs({
  name,
  readySocket,
  readyLog,
}: Pick<MachineSpec, 'name' | 'readySocket' | 'readyLog'>): string[] {
  const id = `a${name}_ready`;
  const backend =
    readyLog === undefined
      ? `socket,path=${qemuValue(readySocket)},server=on,wait=off`
      : `file,path=${qemuValue(readyLog)}`;
  return [
    '-device',
    'virtio-serial',
    '-chardev',
    `${backend},id=${id}`,
    '-device',
    `virtserialport,chardev=${id},name=${READY_PORT}`,
  ];
}

export function shareArgs(
  spec: Pick<MachineSpec, 'shares' | 'shareTransport' | 'securityModel' | 'qmpSocket'>,
): string[] {
  switch (spec.shareTransport) {
    case 'virtfs':
      return spec.shares.flatMap((share) => virtfs(share, spec));
    case 'virtio-9p':
      return spec.shares.flatMap((share, index) => ninePDevice(share, index, spec.securityModel));
    case 'virtiofs':
      return spec.shares.flatMap((share, index) => virtiofs(share, index, dirname(spec.qmpSocket)));
  }
}

/** As podman 4.3.1 writes it; QEMU makes the device's id from the tag, which must not begin with a digit. */
function virtfs(share: Share, { securityModel }: Pick<MachineSpec, 'securityModel'>): string[] {
  const readOnly = share.readOnly ? ',readonly' : '';
  const path = qemuValue(share.source);
  return ['-virtfs', `local,path=${path},mount_tag=${share.tag},security_model=${securityModel}${readOnly}`];
}

/** As podman 5.2 and later write it; virtiofsd listens on the socket and knows the source. */
function virtiofs(share: Share, index: number, socketFolder: string): string[] {
  const id = `virtiofschar${index}`;
  return [
    '-chardev',
    `socket,id=${id},path=${qemuValue(join(socketFolder, id))}`,
    '-device',
    `vhost-user-fs-pci,queue-size=1024,chardev=${id},tag=${share.tag}`,
  ];
}
