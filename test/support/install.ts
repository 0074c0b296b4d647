import { existsSync, readFileSync } from 'node:fs';
import { execa } from 'execa';
import { findProgram } from './programs.ts';
import { neededPackages, type NeededPackage } from './packages.ts';

/**
 * Installs what is missing when this is Debian and we are root; otherwise says what is missing, once.
 * Tests that need a missing program skip themselves with the reason.
 */
export async function installNeededPackages(
  say: (line: string) => void,
  wanted: readonly NeededPackage[] = neededPackages,
): Promise<void> {
  const absent = wanted.filter(isLacking).map((needed) => needed.package);
  if (absent.length === 0) return;
  if (!isDebian() || process.getuid?.() !== 0) {
    say(`Not installed, so some tests are skipped: ${absent.join(' ')}`);
    if (isDebian()) say(`To run them all: sudo apt-get install --no-install-recommends ${absent.join(' ')}`);
    return;
  }
  say(`Installing Debian packages: ${absent.join(' ')}`);
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  await execa('apt-get', ['update', '-q'], { env });
  await execa('apt-get', ['install', '-q', '-y', '--no-install-recommends', ...absent], { env });
}

function isLacking({ program, file, where }: NeededPackage): boolean {
  if (where !== undefined && findProgram(where) === undefined) return false;
  if (program !== undefined) return findProgram(program) === undefined;
  return file === undefined || !existsSync(file);
}

function isDebian(): boolean {
  return existsSync('/etc/os-release') && /^ID=debian$/m.test(readFileSync('/etc/os-release', 'utf8'));
}
