import { acceleratorArgs } from './accelerator.ts';
import { qemuToStart } from './find-qemu.ts';
import { networkArgs, readyPortArgs, shareArgs } from './qemu-devices.ts';
import { qemuValue } from './qemu-value.ts';
import type { MachineSpec } from './spec.ts';
import type { Argv } from '../host/host.ts';

/**
 * QEMU's command line for a machine, in the order and with the devices of the podman version that `style` names, so
 * that the guest finds the hardware that it will find under podman. What podman does not have (serial log, user
 * network, kernel boot) comes last.
 */
export function qemuArgv(spec: MachineSpec): Argv {
  const args = spec.style === 'podman-4' ? podman4Args(spec) : podman5Args(spec);
  return [qemuToStart(spec.architecture), ...args, '-display', 'none', ...extraArgs(spec)];
}

/** podman 4.3.1, pkg/machine/qemu/machine.go. */
function podman4Args(spec: MachineSpec): string[] {
  return [
    ...sizeArgs(spec),
    ...ignitionArgs(spec),
    ...qmpArgs(spec),
    ...networkArgs(spec.network),
    ...readyPortArgs(spec),
    ...pidFileArgs(spec),
    ...acceleratorArgs(spec.accelerator, spec.architecture),
    ...machineArgs(spec, []),
    ...shareArgs(spec),
    ...diskArgs(spec),
    ...environmentArgs(spec),
  ];
}

/** podman 5.4.2, 5.8.2 and 6.0.0-rc1, pkg/machine/qemu/command/command.go. */
function podman5Args(spec: MachineSpec): string[] {
  const { sharedMemory = true, memoryMiB } = spec;
  const memory = ['-object', `memory-backend-memfd,id=mem,size=${memoryMiB}M,share=on`];
  return [
    ...acceleratorArgs(spec.accelerator, spec.architecture),
    ...machineArgs(spec, sharedMemory ? ['memory-backend=mem'] : []),
    ...diskArgs(spec),
    ...(sharedMemory ? memory : []),
    ...sizeArgs(spec),
    ...ignitionArgs(spec),
    ...environmentArgs(spec),
    ...qmpArgs(spec),
    ...networkArgs(spec.network),
    ...readyPortArgs(spec),
    ...pidFileArgs(spec),
    ...shareArgs(spec),
  ];
}

function sizeArgs(spec: MachineSpec): string[] {
  return ['-m', String(spec.memoryMiB), '-smp', String(spec.cpus)];
}

function ignitionArgs(spec: MachineSpec): string[] {
  if (spec.ignitionFile === undefined) return [];
  return ['-fw_cfg', `name=opt/com.coreos/config,file=${qemuValue(spec.ignitionFile)}`];
}

function environmentArgs({ environment }: MachineSpec): string[] {
  if (environment === undefined) return [];
  return ['-fw_cfg', `name=opt/com.coreos/environment,string=${qemuValue(environment)}`];
}

function qmpArgs(spec: MachineSpec): string[] {
  return ['-qmp', `unix:${qemuValue(spec.qmpSocket)},server=on,wait=off`];
}

function pidFileArgs(spec: MachineSpec): string[] {
  return ['-pidfile', spec.pidFile];
}

/** amd64 keeps QEMU's default machine, `pc` with SeaBIOS. arm64 is `virt` with UEFI, as podman starts it on Linux. */
function machineArgs(spec: MachineSpec, options: readonly string[]): string[] {
  if (spec.architecture === 'amd64') return options.length === 0 ? [] : ['-M', options.join(',')];
  const firmware = spec.firmware === undefined ? [] : ['-bios', spec.firmware];
  // macOS has no GIC for QEMU to query.
  const gic = spec.accelerator === 'hvf' ? 'highmem=on' : 'gic-version=max';
  return ['-M', ['virt', gic, ...options].join(','), ...firmware];
}

function diskArgs({ boot }: MachineSpec): string[] {
  if (boot.kind !== 'disk') return [];
  const discard = boot.discard === true ? ',discard=unmap,detect-zeroes=unmap' : '';
  return ['-drive', `if=virtio,file=${qemuValue(boot.path)}${discard}`];
}

function extraArgs({ boot, rawDisks = [], ...spec }: MachineSpec): string[] {
  const kernel =
    boot.kind === 'kernel' ? ['-kernel', boot.kernel, '-initrd', boot.initrd, '-append', boot.append] : [];
  const disks = rawDisks.flatMap((path) => ['-drive', `if=virtio,format=raw,file=${qemuValue(path)}`]);
  return [...kernel, ...disks, ...serialArgs(spec)];
}

function serialArgs({ serialLog, serialSocket }: Pick<MachineSpec, 'serialLog' | 'serialSocket'>): string[] {
  const log = serialLog === undefined ? undefined : qemuValue(serialLog);
  if (serialSocket === undefined) return log === undefined ? [] : ['-serial', `file:${log}`];
  const logging = log === undefined ? '' : `,logfile=${log},logappend=off`;
  const chardev = `socket,id=console,path=${qemuValue(serialSocket)},server=on,wait=off${logging}`;
  return ['-chardev', chardev, '-serial', 'chardev:console'];
}
