import { readFileSync } from 'node:fs';
import type { Architecture } from '../vm/architecture.ts';

/** Families of Linux distributions that name their packages alike. */
export type Family = 'debian' | 'fedora' | 'rhel' | 'arch' | 'suse' | 'alpine';

/** What a host needs for FreeBSD machines. */
export type Part = 'podman' | 'qemu' | 'qemu-img' | 'gvproxy' | 'virtiofsd' | 'firmware';

type Packages = Readonly<Record<Family, string>>;

const packages: Readonly<Record<Part, Packages>> = {
  podman: {
    debian: 'podman',
    fedora: 'podman',
    rhel: 'podman',
    arch: 'podman',
    suse: 'podman',
    alpine: 'podman',
  },
  qemu: {
    debian: 'qemu-system-x86',
    fedora: 'qemu-system-x86-core',
    rhel: 'qemu-kvm',
    arch: 'qemu-base',
    suse: 'qemu-x86',
    alpine: 'qemu-system-x86_64',
  },
  'qemu-img': {
    debian: 'qemu-utils',
    fedora: 'qemu-img',
    rhel: 'qemu-img',
    arch: 'qemu-img',
    suse: 'qemu-img',
    alpine: 'qemu-img',
  },
  gvproxy: {
    debian: 'gvproxy',
    fedora: 'gvisor-tap-vsock',
    rhel: 'gvisor-tap-vsock',
    arch: 'gvisor-tap-vsock',
    suse: 'gvisor-tap-vsock',
    alpine: 'gvisor-tap-vsock',
  },
  virtiofsd: {
    debian: 'virtiofsd',
    fedora: 'virtiofsd',
    rhel: 'virtiofsd',
    arch: 'virtiofsd',
    suse: 'virtiofsd',
    alpine: 'virtiofsd',
  },
  // UEFI, which only machines of the arm64 kind are booted with.
  firmware: {
    debian: 'qemu-efi-aarch64',
    fedora: 'edk2-aarch64',
    rhel: 'edk2-aarch64',
    arch: 'edk2-aarch64',
    suse: 'qemu-uefi-aarch64',
    alpine: 'aavmf',
  },
};

const arm64Qemu: Packages = {
  debian: 'qemu-system-arm',
  fedora: 'qemu-system-aarch64-core',
  rhel: 'qemu-kvm',
  arch: 'qemu-system-aarch64',
  suse: 'qemu-arm',
  alpine: 'qemu-system-aarch64',
};

const installCommands: Readonly<Record<Family, string>> = {
  debian: 'sudo apt install',
  fedora: 'sudo dnf install',
  rhel: 'sudo dnf install',
  arch: 'sudo pacman -S',
  suse: 'sudo zypper install',
  alpine: 'sudo apk add',
};

/** Reads os-release(5); undefined for a distribution that is not known here. */
export function distributionFamily(osRelease: string): Family | undefined {
  const value = (key: string): string[] => {
    const found = new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(osRelease);
    return (found?.[1] ?? '').toLowerCase().split(/\s+/);
  };
  const names: Readonly<Record<string, Family>> = {
    debian: 'debian',
    ubuntu: 'debian',
    fedora: 'fedora',
    rhel: 'rhel',
    centos: 'rhel',
    arch: 'arch',
    suse: 'suse',
    opensuse: 'suse',
    'opensuse-tumbleweed': 'suse',
    'opensuse-leap': 'suse',
    alpine: 'alpine',
  };
  return [...value('ID'), ...value('ID_LIKE')]
    .map((name) => names[name])
    .find((family) => family !== undefined);
}

/** The host's os-release(5); empty where there is none. */
export function readOsRelease(): string {
  for (const file of ['/etc/os-release', '/usr/lib/os-release']) {
    try {
      return readFileSync(file, 'utf8');
    } catch {
      continue;
    }
  }
  return '';
}

/** Parts that this very release has no package for, with the way out. */
export function unpackaged(part: Part, osRelease: string): string | undefined {
  if (part !== 'gvproxy' || !/^VERSION_CODENAME=["']?bookworm/m.test(osRelease)) return undefined;
  return (
    'Debian 12 has no package of gvproxy. The program of Debian 13 runs on it: unpack ' +
    'https://packages.debian.org/trixie/gvproxy and copy usr/bin/gvproxy to /usr/local/libexec/podman'
  );
}

/** The package that holds a part, in this family. */
export function packageOf(part: Part, family: Family, architecture: Architecture): string {
  return (part === 'qemu' && architecture === 'arm64' ? arm64Qemu : packages[part])[family];
}

/** The command that installs packages, for the user to run. */
export function installCommand(family: Family, names: readonly string[]): string {
  return `${installCommands[family]} ${[...new Set(names)].sort().join(' ')}`;
}
