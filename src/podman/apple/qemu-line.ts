import { acceleratorArgs, type Accelerator } from '../../vm/accelerator.ts';
import type { Architecture } from '../../vm/architecture.ts';
import { netdev, readyPortArgs, shareArgs } from '../../vm/qemu-devices.ts';
import { qemuValue } from '../../vm/qemu-value.ts';
import type { Share } from '../../vm/share.ts';
import type { Network } from '../../vm/spec.ts';
import type { HelperCommandLine } from './command-line.ts';

/** Beyond this number of processors `virt` needs the third version of Arm's interrupt controller. */
const GIC2_CPUS = 8;
/** A pflash device of `virt` takes files of exactly this size, which is that of the edk2 that comes with QEMU. */
export const PFLASH_BYTES = 64 * 1024 * 1024;

/** What podman's command line does not say. */
export interface QemuFacts {
  readonly program: string;
  readonly architecture: Architecture;
  readonly accelerator: Accelerator;
  /** UEFI; amd64 machines boot with the BIOS of QEMU, as podman's do on Linux. */
  readonly firmware: { readonly path: string; readonly pflash: boolean } | undefined;
  readonly diskFormat: 'raw' | 'qcow2';
  readonly ignition: string;
  readonly shares: readonly Share[];
  readonly network: Network;
  readonly readySocket: string;
  readonly qmpSocket: string;
  readonly log: string;
}

/**
 * QEMU's command line for a machine that podman asks vfkit or krunkit for. UEFI keeps no variables: FreeBSD boots from
 * the path that needs none, and a file for them would outlive the machine, since podman does not know it.
 */
export function qemuLine(line: HelperCommandLine, facts: QemuFacts): readonly [string, ...string[]] {
  const { name, cpus, memoryMiB, disk, network } = line;
  const drive = `if=none,id=hd0,format=${facts.diskFormat},file=${qemuValue(disk)},discard=unmap,detect-zeroes=unmap`;
  return [
    facts.program,
    ...['-name', qemuValue(name)],
    ...acceleratorArgs(facts.accelerator, facts.architecture),
    ...machineArgs(facts, cpus),
    ...['-smp', String(cpus), '-m', String(memoryMiB)],
    // Without a screen and without default devices.
    ...['-nodefaults', '-display', 'none'],
    // Appended to, since the stand-in writes there as well.
    ...['-chardev', `file,id=console,path=${qemuValue(facts.log)},append=on`, '-serial', 'chardev:console'],
    ...['-drive', drive, '-device', 'virtio-blk-pci,drive=hd0,bootindex=0'],
    ...['-fw_cfg', `name=opt/com.coreos/config,file=${qemuValue(facts.ignition)}`],
    // Without a ROM the firmware does not try to boot from the network.
    ...[
      '-netdev',
      netdev(facts.network),
      '-device',
      `virtio-net-pci,netdev=vlan,mac=${network.mac},romfile=`,
    ],
    ...readyPortArgs({ name, readySocket: facts.readySocket }),
    ...['-device', 'virtio-rng-pci'],
    ...shareArgs({
      shares: facts.shares,
      shareTransport: 'virtio-9p',
      securityModel: 'none',
      qmpSocket: facts.qmpSocket,
    }),
    ...['-qmp', `unix:${qemuValue(facts.qmpSocket)},server=on,wait=off`],
  ];
}

function machineArgs({ architecture, firmware }: QemuFacts, cpus: number): string[] {
  if (architecture === 'amd64') return ['-M', 'pc'];
  const machine = ['-M', cpus > GIC2_CPUS ? 'virt,gic-version=3' : 'virt'];
  if (firmware === undefined) return machine;
  const path = qemuValue(firmware.path);
  return firmware.pflash
    ? [...machine, '-drive', `if=pflash,unit=0,format=raw,readonly=on,file=${path}`]
    : [...machine, '-bios', firmware.path];
}
