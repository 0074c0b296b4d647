import { missing } from '../support/programs.ts';

/** What the stand-in guest is made of for one kind of processor. */
export interface Processor {
  readonly architecture: 'amd64' | 'arm64';
  /** Debian's metapackage of the kernel. */
  readonly kernel: string;
  /** Where Debian has libraries: `usr/lib/TRIPLET`. */
  readonly triplet: string;
  /** What loads programs, by its name in that folder, and the path that programs name. */
  readonly loader: { readonly name: string; readonly path: string };
  /** The modules of the kernel that only this processor has, as patterns of tar below the kernel's folder. */
  readonly modules: readonly string[];
  /** Loaded at boot besides those of every processor. */
  readonly atBoot: readonly string[];
  readonly serial: string;
  readonly compiler: string;
  /** Programs of the host, and the Debian packages that bring them. */
  readonly needs: Readonly<Record<string, string>>;
}

export const amd64: Processor = {
  architecture: 'amd64',
  kernel: 'linux-image-amd64',
  triplet: 'x86_64-linux-gnu',
  loader: { name: 'ld-linux-x86-64.so.2', path: 'lib64/ld-linux-x86-64.so.2' },
  modules: ['arch/x86/crypto/crc32c*', 'crypto/crc32c*', 'drivers/acpi/button*'],
  atBoot: [],
  serial: 'ttyS0',
  compiler: 'gcc',
  needs: { gcc: 'gcc', 'qemu-system-x86_64': 'qemu-system-x86' },
};

/** QEMU's `virt` machine with edk2, as FreeBSD has it. Debian's kernel has the power button and the console built in. */
export const arm64: Processor = {
  architecture: 'arm64',
  kernel: 'linux-image-arm64',
  triplet: 'aarch64-linux-gnu',
  loader: { name: 'ld-linux-aarch64.so.1', path: 'lib/ld-linux-aarch64.so.1' },
  modules: ['crypto/crc32c*', 'drivers/virtio/*'],
  atBoot: ['virtio_pci'],
  serial: 'ttyAMA0',
  compiler: 'aarch64-linux-gnu-gcc',
  needs: { 'aarch64-linux-gnu-gcc': 'gcc-aarch64-linux-gnu', 'qemu-system-aarch64': 'qemu-system-arm' },
};

/** What of this kind of processor is not on this host, or undefined. */
export function lackingFor(processor: Processor): string | undefined {
  return missing(...Object.keys(processor.needs));
}
