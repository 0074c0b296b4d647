import { hostFamily, readOsRelease } from './distribution.ts';
import { installParts, packageOf, type Family, type Part } from './packages.ts';

/** The system that packages are installed on. */
export interface System {
  readonly family: Family | undefined;
  /** The text of os-release(5). */
  readonly osRelease: string;
}

/** The system that podbsd runs on. */
export function thisSystem(): System {
  const osRelease = readOsRelease();
  return { family: hostFamily(process.platform, process.env['PATH'], osRelease), osRelease };
}

/** How to install a part on this release; in words where there is no command. */
export function installAdvice(part: Part, { family, osRelease }: System = thisSystem()): string {
  return (
    (isBookworm(osRelease) ? onBookworm[part] : undefined) ??
    installParts(family, [part]) ??
    elsewhere[part] ??
    `install ${part} with your system's packages`
  );
}

/** One command for all parts that have a package; undefined when there is none. */
export function installAllAdvice(parts: readonly Part[], { family, osRelease }: System): string | undefined {
  const plain = parts.filter((part) => !(isBookworm(osRelease) && part in onBookworm));
  return installParts(family, plain);
}

/** The package that holds a part on this release; undefined when it has none. */
export function packageHere(part: Part, { family, osRelease }: System): string | undefined {
  if (family === undefined || (isBookworm(osRelease) && part in onBookworm)) return undefined;
  return packageOf(part, family);
}

/** Where systems without a package of a part get it. */
const elsewhere: Readonly<Partial<Record<Part, string>>> = {
  gvproxy:
    "this system has no package of it: put upstream's program, https://github.com/containers/gvisor-tap-vsock/releases, " +
    'as gvproxy into /usr/local/libexec/podman',
};

/**
 * Debian 12 has no package of these. Debian 13's gvproxy is a static program that runs there, too; a package of Debian 13
 * is taken only when it is named. Its virtiofsd needs Debian 13's C library.
 */
const onBookworm: Readonly<Partial<Record<Part, string>>> = {
  gvproxy: [
    "echo 'deb http://deb.debian.org/debian trixie main' | sudo tee /etc/apt/sources.list.d/trixie.list",
    `printf 'Package: *\\nPin: release n=trixie\\nPin-Priority: 1\\n' | sudo tee /etc/apt/preferences.d/trixie`,
    'sudo apt update && sudo apt install gvproxy/trixie',
  ].join(' && '),
  virtiofsd: 'Debian 12 has no package of it; upgrade to Debian 13 where Linux machines need it',
};

function isBookworm(osRelease: string): boolean {
  return /^VERSION_CODENAME=["']?bookworm/m.test(osRelease);
}
