import { describe, expect, it } from 'vitest';
import { readHelperCommandLine } from '../../../src/podman/apple/command-line.ts';
import { qemuLine, type QemuFacts } from '../../../src/podman/apple/qemu-line.ts';
import { recordedClients, recordedWords } from './recorded.ts';

const facts: QemuFacts = {
  program: '/opt/homebrew/bin/qemu-system-aarch64',
  architecture: 'arm64',
  accelerator: 'hvf',
  firmware: { path: '/opt/homebrew/share/qemu/edk2-aarch64-code.fd', pflash: true },
  diskFormat: 'raw',
  ignition: '/Users/me/a,b/tm.ign',
  shares: [
    { source: '/Users/me/a, b', tag: 'b2d90fabe01e12293e5d3230bf30fdbaf68f', readOnly: false },
    { source: '/Users/me/vol2', tag: '670599a475cd8c1766deeba3f85faaf7ede7', readOnly: true },
  ],
  network: { kind: 'datagram', fd: 3 },
  readySocket: '/T/podman/pb-1.r',
  qmpSocket: '/T/podman/pb-1.q',
  log: '/T/podman/tm.log',
};

describe("QEMU's command line", () => {
  it.each(recordedClients)('for what %s asks on Apple silicon', (client) => {
    const line = readHelperCommandLine('vfkit', recordedWords(client, 'first-boot'));
    const share = (index: number, path: string, more: string, tag: string): string[] => [
      '-fsdev',
      `local,id=fs${index},path=${path},security_model=none,multidevs=remap${more}`,
      '-device',
      `virtio-9p-pci,fsdev=fs${index},mount_tag=${tag}`,
    ];
    expect(qemuLine(line, facts)).toEqual([
      '/opt/homebrew/bin/qemu-system-aarch64',
      ...['-name', 'tm', '-accel', 'hvf', '-cpu', 'host', '-M', 'virt'],
      '-drive',
      'if=pflash,unit=0,format=raw,readonly=on,file=/opt/homebrew/share/qemu/edk2-aarch64-code.fd',
      ...['-smp', '1', '-m', '512', '-nodefaults', '-display', 'none'],
      ...['-chardev', 'file,id=console,path=/T/podman/tm.log,append=on', '-serial', 'chardev:console'],
      '-drive',
      `if=none,id=hd0,format=raw,file=${line.disk},discard=unmap,detect-zeroes=unmap`,
      ...['-device', 'virtio-blk-pci,drive=hd0,bootindex=0'],
      ...['-fw_cfg', 'name=opt/com.coreos/config,file=/Users/me/a,,b/tm.ign'],
      ...['-netdev', 'dgram,id=vlan,local.type=fd,local.str=3'],
      ...['-device', 'virtio-net-pci,netdev=vlan,mac=5a:94:ef:e4:0c:ee,romfile='],
      ...['-device', 'virtio-serial'],
      ...['-chardev', 'socket,path=/T/podman/pb-1.r,server=on,wait=off,id=atm_ready'],
      ...['-device', 'virtserialport,chardev=atm_ready,name=org.fedoraproject.port.0'],
      ...['-device', 'virtio-rng-pci'],
      ...share(0, '/Users/me/a,, b', '', 'b2d90fabe01e12293e5d3230bf30fdb'),
      ...share(1, '/Users/me/vol2', ',readonly=on', '670599a475cd8c1766deeba3f85faaf'),
      ...['-qmp', 'unix:/T/podman/pb-1.q,server=on,wait=off'],
    ]);
  });

  it('for an amd64 machine, with a stream for the network', () => {
    const line = readHelperCommandLine('vfkit', recordedWords('5.8.3-applehv', 'second-boot'));
    const argv = qemuLine(line, {
      ...facts,
      architecture: 'amd64',
      accelerator: 'tcg',
      firmware: undefined,
      diskFormat: 'qcow2',
      network: { kind: 'stream', path: '/T/podman/tm-gvproxy.sock' },
    }).join(' ');
    expect(argv).toContain('-accel tcg -cpu max -M pc -smp 1');
    expect(argv).toContain('format=qcow2');
    expect(argv).toContain('stream,id=vlan,server=off,addr.type=unix,addr.path=/T/podman/tm-gvproxy.sock');
    expect(argv).not.toMatch(/pflash|-bios/);
  });

  it('takes the interrupt controller that many processors need, and a firmware of any size', () => {
    const line = readHelperCommandLine('vfkit', recordedWords('5.8.3-applehv', 'second-boot'));
    const argv = qemuLine({ ...line, cpus: 12 }, { ...facts, firmware: { path: '/a,b.fd', pflash: false } });
    expect(argv.join(' ')).toContain('-M virt,gic-version=3 -bios /a,b.fd -smp 12');
  });
});
