/** Systems that name their packages alike. */
export type Family =
  'debian' | 'fedora' | 'rhel' | 'arch' | 'suse' | 'alpine' | 'nixos' | 'homebrew' | 'macports' | 'freebsd';

/** What podbsd or the machines need from the system: a program, or files for one. */
export type Part =
  | 'podman'
  | 'qemu-amd64'
  | 'qemu-arm64'
  | 'qemu-img'
  | 'gvproxy'
  | 'virtiofsd'
  | 'firmware'
  | 'mtools'
  | 'ssh'
  | 'zstd'
  | 'xz'
  | 'gzip'
  | 'bzip2'
  | 'minisign'
  | 'ps'
  | 'bhyve-firmware'
  | 'libslirp'
  | 'skopeo'
  | 'git';

/** A package that is called the same nearly everywhere. */
function everywhere(name: string, others: Partial<Record<Family, string>> = {}): Record<Family, string> {
  return {
    debian: name,
    fedora: name,
    rhel: name,
    arch: name,
    suse: name,
    alpine: name,
    nixos: name,
    homebrew: name,
    macports: name,
    freebsd: name,
    ...others,
  };
}

/** `BASE`: every installation has it. Undefined: there is no package of it, or nothing there uses it. */
const BASE = '';

/**
 * The package that holds each part. `firmware` is UEFI for arm64, `ssh` the client with ssh-keygen. Homebrew, MacPorts,
 * nixpkgs and FreeBSD keep all of QEMU in one package, and Homebrew's podman brings its gvproxy along.
 */
const packages: Readonly<Record<Part, Readonly<Partial<Record<Family, string>>>>> = {
  podman: everywhere('podman'),
  'qemu-amd64': everywhere('qemu', {
    debian: 'qemu-system-x86',
    fedora: 'qemu-system-x86-core',
    rhel: 'qemu-kvm',
    arch: 'qemu-system-x86',
    suse: 'qemu-x86',
    alpine: 'qemu-system-x86_64',
  }),
  'qemu-arm64': everywhere('qemu', {
    debian: 'qemu-system-arm',
    fedora: 'qemu-system-aarch64-core',
    rhel: 'qemu-kvm',
    arch: 'qemu-system-aarch64',
    suse: 'qemu-arm',
    alpine: 'qemu-system-aarch64',
  }),
  'qemu-img': everywhere('qemu-img', {
    debian: 'qemu-utils',
    nixos: 'qemu',
    homebrew: 'qemu',
    macports: 'qemu',
    freebsd: 'qemu-tools',
  }),
  // Arch has it only in the AUR, Alpine and FreeBSD not at all.
  gvproxy: {
    debian: 'gvproxy',
    fedora: 'gvisor-tap-vsock',
    rhel: 'gvisor-tap-vsock',
    suse: 'gvisor-tap-vsock',
    nixos: 'gvproxy',
    homebrew: 'podman',
    macports: 'gvisor-tap-vsock',
  },
  virtiofsd: {
    debian: 'virtiofsd',
    fedora: 'virtiofsd',
    rhel: 'virtiofsd',
    arch: 'virtiofsd',
    suse: 'virtiofsd',
    alpine: 'virtiofsd',
    nixos: 'virtiofsd',
  },
  firmware: everywhere('qemu', {
    debian: 'qemu-efi-aarch64',
    fedora: 'edk2-aarch64',
    rhel: 'edk2-aarch64',
    arch: 'edk2-aarch64',
    suse: 'qemu-uefi-aarch64',
    alpine: 'aavmf',
  }),
  mtools: everywhere('mtools'),
  ssh: everywhere('openssh', {
    debian: 'openssh-client',
    fedora: 'openssh-clients',
    rhel: 'openssh-clients',
    suse: 'openssh-clients',
    homebrew: BASE,
    macports: BASE,
    freebsd: BASE,
  }),
  zstd: everywhere('zstd', { freebsd: BASE }),
  xz: everywhere('xz', { debian: 'xz-utils', freebsd: BASE }),
  gzip: everywhere('gzip', { homebrew: BASE, macports: BASE, freebsd: BASE }),
  bzip2: everywhere('bzip2', { homebrew: BASE, macports: BASE, freebsd: BASE }),
  minisign: everywhere('minisign'),
  // Small container images leave it out, and busybox has one that knows no -p.
  ps: everywhere('procps', {
    fedora: 'procps-ng',
    rhel: 'procps-ng',
    arch: 'procps-ng',
    homebrew: BASE,
    macports: BASE,
    freebsd: BASE,
  }),
  // Only bhyve uses them, which runs on FreeBSD.
  'bhyve-firmware': { freebsd: 'edk2-bhyve' },
  libslirp: { freebsd: 'libslirp' },
  skopeo: everywhere('skopeo'),
  git: everywhere('git'),
};

const installCommands: Readonly<Record<Family, (names: string) => string>> = {
  debian: (names) => `sudo apt install ${names}`,
  fedora: (names) => `sudo dnf install ${names}`,
  rhel: (names) => `sudo dnf install ${names}`,
  arch: (names) => `sudo pacman -S ${names}`,
  suse: (names) => `sudo zypper install ${names}`,
  alpine: (names) => `sudo apk add ${names}`,
  nixos: (names) => `nix profile install ${names.replaceAll(/\S+/g, 'nixpkgs#$&')}`,
  homebrew: (names) => `brew install ${names}`,
  macports: (names) => `sudo port install ${names}`,
  freebsd: (names) => `sudo pkg install ${names}`,
};

/** The package that holds a part in this family; undefined when it has none that would have to be installed. */
export function packageOf(part: Part, family: Family): string | undefined {
  return packages[part][family] || undefined;
}

/** The names of all packages that podbsd knows, of every family. */
export function packageNames(): string[] {
  return Object.values(packages).flatMap((names) => Object.values(names).filter((name) => name !== BASE));
}

/** The command that installs packages, for the user to run. */
export function installCommand(family: Family, names: readonly string[]): string {
  return installCommands[family]([...new Set(names)].sort().join(' '));
}

/**
 * The command that installs parts; undefined when nothing of them has a package there, or the family is not known.
 */
export function installParts(family: Family | undefined, parts: readonly Part[]): string | undefined {
  if (family === undefined) return undefined;
  const names = parts.flatMap((part) => packageOf(part, family) ?? []);
  return names.length === 0 ? undefined : installCommand(family, names);
}
