import { installParts, type Part } from '../ground/packages.ts';
import type { Inspection } from './inspect.ts';

/**
 * What installs a part on this very release; in words where no command can.
 */
export function installAdvice(part: Part, { family, osRelease }: Inspection): string {
  return (
    (isBookworm(osRelease) ? fromTrixie[part] : undefined) ??
    installParts(family, [part]) ??
    `install ${part} with your system's packages`
  );
}

/** One command for all parts that a plain installation brings; undefined when there is none. */
export function installAllAdvice(
  parts: readonly Part[],
  { family, osRelease }: Inspection,
): string | undefined {
  const plain = parts.filter((part) => !(isBookworm(osRelease) && part in fromTrixie));
  return installParts(family, plain);
}

/** Debian 12 has no package of these; those of Debian 13 run on it. A package of Debian 13 is taken only when named. */
const fromTrixie: Readonly<Partial<Record<Part, string>>> = {
  gvproxy: takeFromTrixie('gvproxy'),
  virtiofsd: takeFromTrixie('virtiofsd'),
};

function takeFromTrixie(name: string): string {
  return [
    "echo 'deb http://deb.debian.org/debian trixie main' | sudo tee /etc/apt/sources.list.d/trixie.list",
    `printf 'Package: *\\nPin: release n=trixie\\nPin-Priority: 1\\n' | sudo tee /etc/apt/preferences.d/trixie`,
    `sudo apt update && sudo apt install ${name}/trixie`,
  ].join(' && ');
}

function isBookworm(osRelease: string): boolean {
  return /^VERSION_CODENAME=["']?bookworm/m.test(osRelease);
}
