/** Command lines that podman gave to QEMU on a Linux host, word for word, for a user whose home is `home`. */
export interface Places {
  readonly home: string;
  readonly runtime: string;
}

const network = ['-device', 'virtio-net-pci,netdev=vlan,mac=5a:94:ef:e4:0c:ee', '-device', 'virtio-serial'];

export function podman4_3({ home, runtime }: Places): string[] {
  return [
    ...['-m', '2048', '-smp', '1'],
    ...['-fw_cfg', `name=opt/com.coreos/config,file=${home}/.config/containers/podman/machine/qemu/bsd.ign`],
    ...['-qmp', `unix:${runtime}/podman/qmp_bsd.sock,server=on,wait=off`],
    ...['-netdev', 'socket,id=vlan,fd=3', ...network],
    ...['-chardev', `socket,path=${runtime}/podman/bsd_ready.sock,server=on,wait=off,id=absd_ready`],
    ...['-device', 'virtserialport,chardev=absd_ready,name=org.fedoraproject.port.0'],
    ...['-pidfile', `${runtime}/podman/bsd_vm.pid`, '-accel', 'kvm', '-cpu', 'host'],
    ...['-virtfs', `local,path=${home},mount_tag=vol0,security_model=mapped-xattr`],
    ...['-virtfs', 'local,path=/srv/ro,mount_tag=vol1,security_model=mapped-xattr,readonly'],
    ...['-drive', `if=virtio,file=${home}/.local/share/containers/podman/machine/qemu/freebsd.qcow2`],
    ...['-display', 'none'],
  ];
}

export function podman4_9({ home, runtime }: Places): string[] {
  return [
    ...['-accel', 'kvm', '-cpu', 'host', '-m', '2048', '-smp', '1'],
    ...['-fw_cfg', `name=opt/com.coreos/config,file=${home}/.config/containers/podman/machine/qemu/bsd.ign`],
    ...['-qmp', `unix:${runtime}/podman/qmp_bsd.sock,server=on,wait=off`],
    ...['-netdev', 'socket,id=vlan,fd=3', ...network],
    ...['-chardev', `socket,path=${runtime}/podman/bsd_ready.sock,server=on,wait=off,id=absd_ready`],
    ...['-device', 'virtserialport,chardev=absd_ready,name=org.fedoraproject.port.0'],
    ...['-pidfile', `${runtime}/podman/bsd_vm.pid`],
    ...['-virtfs', `local,path=${home},mount_tag=vol0,security_model=none`],
    ...['-drive', `if=virtio,file=${home}/.local/share/containers/podman/machine/qemu/bsd_freebsd.qcow2`],
    ...['-display', 'none'],
  ];
}

/** The same by 5.4.2, 5.8.2 and 6.0.0-rc1.. */
export function podman5({ home, runtime }: Places, tags: readonly string[]): string[] {
  return [
    ...['-accel', 'kvm', '-cpu', 'host', '-M', 'memory-backend=mem'],
    ...['-drive', `if=virtio,file=${home}/.local/share/containers/podman/machine/qemu/bsd-amd64.qcow2`],
    ...['-object', 'memory-backend-memfd,id=mem,size=2048M,share=on', '-m', '2048', '-smp', '1'],
    ...['-fw_cfg', `name=opt/com.coreos/config,file=${home}/.config/containers/podman/machine/qemu/bsd.ign`],
    ...['-qmp', `unix:${runtime}/podman/qmp_bsd.sock,server=on,wait=off`],
    ...['-netdev', `stream,id=vlan,server=off,addr.type=unix,addr.path=${runtime}/podman/bsd-gvproxy.sock`],
    ...network,
    ...['-chardev', `socket,path=${runtime}/podman/bsd.sock,server=on,wait=off,id=absd_ready`],
    ...['-device', 'virtserialport,chardev=absd_ready,name=org.fedoraproject.port.0'],
    ...['-pidfile', `${runtime}/podman/bsd_vm.pid`],
    ...tags.flatMap((tag, index) => [
      ...['-chardev', `socket,id=virtiofschar${index},path=${runtime}/podman/virtiofschar${index}`],
      ...['-device', `vhost-user-fs-pci,queue-size=1024,chardev=virtiofschar${index},tag=${tag}`],
    ]),
    ...['-display', 'none'],
  ];
}
