/** A Debian package that tests or the rehearsal need, and how to tell that it is there. */
export interface NeededPackage {
  readonly package: string;
  /** A program of the package; the package counts as installed when it is found in PATH. */
  readonly program?: string;
  /** A file of the package, where it has no program. */
  readonly file?: string;
  /** Needed only where this program is. */
  readonly where?: string;
}

/** Everything from Debian that `npm test` uses. Kept sorted by package. */
export const neededPackages: readonly NeededPackage[] = [
  { package: 'bind9-dnsutils', program: 'dig' },
  { package: 'bmake', program: 'bmake' },
  { package: 'busybox-static', file: '/bin/busybox' },
  { package: 'cpio', program: 'cpio' },
  { package: 'dnsmasq-base', program: 'dnsmasq' },
  { package: 'docker-registry', program: 'docker-registry' },
  { package: 'dosfstools', program: 'mkfs.vfat' },
  { package: 'fish', program: 'fish' },
  { package: 'gcc', program: 'gcc' },
  { package: 'gcc-aarch64-linux-gnu', program: 'aarch64-linux-gnu-gcc', where: 'qemu-system-aarch64' },
  { package: 'gdisk', program: 'sgdisk' },
  { package: 'git', program: 'git' },
  { package: 'iproute2', program: 'ip' },
  { package: 'jq', program: 'jq' },
  { package: 'libarchive-tools', program: 'bsdtar' },
  { package: 'libc6-dev', file: '/usr/include/stdio.h' },
  {
    package: 'libc6-dev-arm64-cross',
    file: '/usr/aarch64-linux-gnu/include/stdio.h',
    where: 'qemu-system-aarch64',
  },
  { package: 'make', program: 'make' },
  { package: 'minisign', program: 'minisign' },
  { package: 'mandoc', program: 'mandoc' },
  { package: 'mtools', program: 'mcopy' },
  { package: 'openssh-client', program: 'ssh' },
  { package: 'openssh-server', program: 'sshd' },
  { package: 'openssl', program: 'openssl' },
  { package: 'original-awk', program: 'original-awk' },
  {
    package: 'qemu-efi-aarch64',
    file: '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd',
    where: 'qemu-system-aarch64',
  },
  { package: 'qemu-system-x86', program: 'qemu-system-x86_64' },
  { package: 'qemu-utils', program: 'qemu-img' },
  { package: 'shellcheck', program: 'shellcheck' },
  { package: 'skopeo', program: 'skopeo' },
  { package: 'xz-utils', program: 'xz' },
  { package: 'zsh', program: 'zsh' },
  { package: 'zstd', program: 'zstd' },
];
