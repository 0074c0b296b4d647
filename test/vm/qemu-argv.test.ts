import { describe, expect, it } from 'vitest';
import { qemuArgv } from '../../src/vm/qemu-argv.ts';
import type { MachineSpec } from '../../src/vm/spec.ts';

const home = '/home/me';
const runtime = '/run/user/1000/podman';

const spec: MachineSpec = {
  style: 'podman-4',
  architecture: 'amd64',
  accelerator: 'kvm',
  memoryMiB: 2048,
  cpus: 1,
  boot: { kind: 'disk', path: `${home}/.local/share/containers/podman/machine/qemu/image.qcow2` },
  network: { kind: 'descriptor', fd: 3 },
  shares: [{ tag: 'vol0', source: home, readOnly: false }],
  shareTransport: 'virtfs',
  securityModel: 'mapped-xattr',
  name: 'NAME',
  ignitionFile: `${home}/.config/containers/podman/machine/qemu/NAME.ign`,
  qmpSocket: `${runtime}/qmp_NAME.sock`,
  readySocket: `${runtime}/NAME_ready.sock`,
  pidFile: `${runtime}/NAME_vm.pid`,
};

const spec5: MachineSpec = {
  ...spec,
  style: 'podman-5',
  boot: { kind: 'disk', path: `${home}/.local/share/containers/podman/machine/qemu/NAME-amd64.qcow2` },
  network: { kind: 'stream', path: `${runtime}/NAME-gvproxy.sock` },
  shares: [{ tag: '96b53e47e3fc7c29db4c5a4c6977decfb1f9', source: home, readOnly: true }],
  shareTransport: 'virtiofs',
  readySocket: `${runtime}/NAME.sock`,
};

/** The words of a command line as it is printed in a log. */
function words(...lines: readonly string[]): string[] {
  return lines.join(' ').split(/\s+/);
}

describe('the command line of podman 4.3.1', () => {
  it('is reproduced word for word', () => {
    expect(qemuArgv(spec)).toEqual(
      words(
        'qemu-system-x86_64 -m 2048 -smp 1',
        `-fw_cfg name=opt/com.coreos/config,file=${home}/.config/containers/podman/machine/qemu/NAME.ign`,
        `-qmp unix:${runtime}/qmp_NAME.sock,server=on,wait=off`,
        '-netdev socket,id=vlan,fd=3 -device virtio-net-pci,netdev=vlan,mac=5a:94:ef:e4:0c:ee',
        '-device virtio-serial',
        `-chardev socket,path=${runtime}/NAME_ready.sock,server=on,wait=off,id=aNAME_ready`,
        '-device virtserialport,chardev=aNAME_ready,name=org.fedoraproject.port.0',
        `-pidfile ${runtime}/NAME_vm.pid`,
        '-accel kvm -cpu host',
        `-virtfs local,path=${home},mount_tag=vol0,security_model=mapped-xattr`,
        `-drive if=virtio,file=${home}/.local/share/containers/podman/machine/qemu/image.qcow2`,
        '-display none',
      ),
    );
  });

  it('carries proxies and read-only volumes', () => {
    const shares = [{ tag: 'vol0', source: '/mnt/ro', readOnly: true }];
    const argv = qemuArgv({ ...spec, shares, environment: 'SFRUUF9QUk9YWT0i' });
    expect(argv).toContain('local,path=/mnt/ro,mount_tag=vol0,security_model=mapped-xattr,readonly');
    expect(argv.slice(-4)).toEqual(
      words('-fw_cfg name=opt/com.coreos/environment,string=SFRUUF9QUk9YWT0i -display none'),
    );
  });
});

describe('the command line of podman 5.4.2', () => {
  it('is reproduced word for word', () => {
    expect(qemuArgv(spec5)).toEqual(
      words(
        'qemu-system-x86_64 -accel kvm -cpu host -M memory-backend=mem',
        `-drive if=virtio,file=${home}/.local/share/containers/podman/machine/qemu/NAME-amd64.qcow2`,
        '-object memory-backend-memfd,id=mem,size=2048M,share=on',
        '-m 2048 -smp 1',
        `-fw_cfg name=opt/com.coreos/config,file=${home}/.config/containers/podman/machine/qemu/NAME.ign`,
        `-qmp unix:${runtime}/qmp_NAME.sock,server=on,wait=off`,
        `-netdev stream,id=vlan,server=off,addr.type=unix,addr.path=${runtime}/NAME-gvproxy.sock`,
        '-device virtio-net-pci,netdev=vlan,mac=5a:94:ef:e4:0c:ee',
        '-device virtio-serial',
        `-chardev socket,path=${runtime}/NAME.sock,server=on,wait=off,id=aNAME_ready`,
        '-device virtserialport,chardev=aNAME_ready,name=org.fedoraproject.port.0',
        `-pidfile ${runtime}/NAME_vm.pid`,
        `-chardev socket,id=virtiofschar0,path=${runtime}/virtiofschar0`,
        '-device vhost-user-fs-pci,queue-size=1024,chardev=virtiofschar0,tag=96b53e47e3fc7c29db4c5a4c6977decfb1f9',
        '-display none',
      ),
    );
  });

  it('with 9P in the place of virtiofs names each share by the first 31 characters of its tag', () => {
    const argv = qemuArgv({ ...spec5, shareTransport: 'virtio-9p', securityModel: 'none' });
    expect(argv).toContain(`local,id=fs0,path=${home},security_model=none,multidevs=remap,readonly=on`);
    expect(argv).toContain('virtio-9p-pci,fsdev=fs0,mount_tag=96b53e47e3fc7c29db4c5a4c6977dec');
    expect(argv.join(' ')).not.toContain('virtiofs');
  });
});

describe('what differs from host to host', () => {
  it('arm64 boots UEFI on the virt machine', () => {
    const firmware = '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd';
    const argv = qemuArgv({ ...spec5, architecture: 'arm64', firmware }).join(' ');
    expect(argv).toMatch(
      /^qemu-system-aarch64 -accel kvm -cpu host -M virt,gic-version=max,memory-backend=mem -bios \S+QEMU_EFI.fd /,
    );
    const four = qemuArgv({ ...spec, architecture: 'arm64', firmware }).join(' ');
    expect(four).toContain('-M virt,gic-version=max -bios');
  });

  it('shared memory, which only Linux has, can be left out', () => {
    const argv = qemuArgv({ ...spec5, sharedMemory: false }).join(' ');
    expect(argv).not.toMatch(/memory-backend|-object|-M /);
    const arm = qemuArgv({ ...spec5, architecture: 'arm64', sharedMemory: false }).join(' ');
    expect(arm).toContain('-M virt,gic-version=max -drive');
  });

  it('emulation gets a processor that can be emulated', () => {
    expect(qemuArgv({ ...spec, accelerator: 'tcg' }).join(' ')).toMatch(/-accel tcg -cpu max /);
    // The cipher of return addresses would take most of the time.
    const arm = qemuArgv({ ...spec, architecture: 'arm64', accelerator: 'tcg' }).join(' ');
    expect(arm).toContain('-accel tcg -cpu max,pauth-impdef=on ');
  });

  it('a comma in a path does not end the option', () => {
    const argv = qemuArgv({ ...spec, shares: [{ tag: 'vol0', source: '/srv/a,readonly', readOnly: false }] });
    expect(argv).toContain('local,path=/srv/a,,readonly,mount_tag=vol0,security_model=mapped-xattr');
  });

  it("the user network forwards the guest's sshd to the loopback address only", () => {
    const argv = qemuArgv({ ...spec, network: { kind: 'user', sshPort: 40022 }, serialLog: '/tmp/c.log' });
    expect(argv).toContain('user,id=vlan,hostfwd=tcp:127.0.0.1:40022-:22');
    expect(argv.slice(-2)).toEqual(['-serial', 'file:/tmp/c.log']);
  });
});
