import { accessSync, constants, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Family } from './packages.ts';

const byName: Readonly<Record<string, Family>> = {
  debian: 'debian',
  ubuntu: 'debian',
  fedora: 'fedora',
  rhel: 'rhel',
  centos: 'rhel',
  arch: 'arch',
  archarm: 'arch',
  suse: 'suse',
  opensuse: 'suse',
  'opensuse-tumbleweed': 'suse',
  'opensuse-leap': 'suse',
  alpine: 'alpine',
  nixos: 'nixos',
  freebsd: 'freebsd',
};

/** Reads os-release(5); undefined for a system that is not known here. */
export function distributionFamily(osRelease: string): Family | undefined {
  const value = (key: string): string[] => {
    const found = new RegExp(`^${key}=["']?([^"'\\n]*)`, 'm').exec(osRelease);
    return (found?.[1] ?? '').toLowerCase().split(/\s+/);
  };
  return [...value('ID'), ...value('ID_LIKE')]
    .map((name) => byName[name])
    .find((family) => family !== undefined);
}

/** The system's os-release(5); empty where there is none. */
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

/** The family of the system that podbsd runs on. macOS has the one of its package managers that is there. */
export function hostFamily(
  system: NodeJS.Platform = process.platform,
  path = process.env['PATH'] ?? '',
  osRelease = readOsRelease(),
): Family | undefined {
  if (system === 'freebsd') return 'freebsd';
  if (system !== 'darwin') return distributionFamily(osRelease);
  const has = (folders: readonly string[], program: string): boolean =>
    folders.some((folder) => isExecutable(join(folder, program)));
  const searched = path.split(':').filter((folder) => folder !== '');
  if (has([...searched, '/opt/homebrew/bin', '/usr/local/bin'], 'brew')) return 'homebrew';
  return has([...searched, '/opt/local/bin'], 'port') ? 'macports' : undefined;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
