import type { Accelerator } from './accelerator.ts';
import type { Architecture } from './architecture.ts';
import type { Share } from './share.ts';

/** podman's command lines differ in order and devices: 4.x (seen with 4.3.1), and 5.x to 6.0 (seen with 5.4.2). */
export type PodmanStyle = 'podman-4' | 'podman-5';

/** The machine boots its disk, as podman's do. */
export interface DiskBoot {
  readonly kind: 'disk';
  /** Any format that QEMU recognises; podman names none either. */
  readonly path: string;
  /** Blocks that the guest gives up, or fills with zeros, are given back to the host. podman's machines keep them. */
  readonly discard?: boolean;
}

/** The machine boots a Linux kernel handed to QEMU, without a disk. */
export interface KernelBoot {
  readonly kind: 'kernel';
  readonly kernel: string;
  readonly initrd: string;
  readonly append: string;
}

/** How the machine reaches the network; in each case it gets the same card with the same address. */
export type Network =
  /** 4.x: a connection to gvproxy that podman opened and handed over as a file descriptor. */
  | { readonly kind: 'descriptor'; readonly fd: number }
  /** 5.x and later: QEMU connects to gvproxy itself. */
  | { readonly kind: 'stream'; readonly path: string }
  /** A datagram socket that is connected to gvproxy, one Ethernet frame each: how gvproxy serves vfkit. */
  | { readonly kind: 'datagram'; readonly fd: number }
  /** QEMU's own user network: no gvproxy; port 22 of the guest is `sshPort` on the host's loopback. */
  | { readonly kind: 'user'; readonly sshPort: number };

/** What carries the shares: podman 4's `-virtfs`, podman 5's virtiofs, or the 9P devices that replace the latter. */
export type ShareTransport = 'virtfs' | 'virtiofs' | 'virtio-9p';

/** What 9P does with owners and modes of files: `none` keeps them as they are on the host. */
export type SecurityModel = 'none' | 'mapped-xattr';

/** One QEMU machine, ready to be turned into a command line. All paths are absolute. */
export interface MachineSpec {
  readonly style: PodmanStyle;
  readonly architecture: Architecture;
  readonly accelerator: Accelerator;
  readonly memoryMiB: number;
  readonly cpus: number;
  /**
   * Memory that virtiofsd can map. podman 5 asks for it always; only QEMU for Linux has it, and a guest does not notice
   * whether it is there. Default true; podman 4 does not use it.
   */
  readonly sharedMemory?: boolean;
  readonly boot: DiskBoot | KernelBoot;
  readonly network: Network;
  readonly shares: readonly Share[];
  readonly shareTransport: ShareTransport;
  readonly securityModel: SecurityModel;
  /** Names the character device of the ready port; podman uses the machine's name. */
  readonly name: string;
  /** Without it the machine has no fw_cfg item for Ignition, like one that podman did not make. */
  readonly ignitionFile?: string;
  /** Content of fw_cfg item `opt/com.coreos/environment`: how podman 4 hands over proxies, base64. */
  readonly environment?: string;
  readonly qmpSocket: string;
  readonly readySocket: string;
  /** What the guest writes to its ready port goes to this file and not to the socket: no listener is needed. */
  readonly readyLog?: string;
  readonly pidFile: string;
  /** The first serial port is written here; podman itself attaches none. */
  readonly serialLog?: string;
  /** The first serial port can also be used through this socket. */
  readonly serialSocket?: string;
  /** Further disks, raw: the guest sees them after the one it boots. podman's machines have none. */
  readonly rawDisks?: readonly string[];
  /** UEFI firmware, arm64 only. */
  readonly firmware?: string;
}
