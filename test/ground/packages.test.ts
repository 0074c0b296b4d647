import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { installCommand, installParts, packageOf, type Part } from '../../src/ground/packages.ts';
import { missing } from '../support/programs.ts';

const parts: readonly Part[] = [
  'podman',
  'qemu-amd64',
  'qemu-arm64',
  'qemu-img',
  'gvproxy',
  'virtiofsd',
  'firmware',
  'mtools',
  'ssh',
  'zstd',
  'xz',
  'gzip',
  'bzip2',
  'minisign',
  'ps',
  'skopeo',
  'git',
];

describe('installParts', () => {
  it('names packages of the architecture, each once', () => {
    expect(installParts('debian', ['qemu-arm64', 'gvproxy', 'qemu-arm64'])).toBe(
      'sudo apt install gvproxy qemu-system-arm',
    );
    expect(installParts('homebrew', ['qemu-amd64', 'qemu-img', 'firmware'])).toBe('brew install qemu');
    expect(installParts('nixos', ['podman', 'qemu-img'])).toBe(
      'nix profile install nixpkgs#podman nixpkgs#qemu',
    );
    expect(installParts('macports', ['zstd'])).toBe('sudo port install zstd');
  });

  it('names nothing that every installation has, and says nothing where nothing is known', () => {
    expect(installParts('freebsd', ['xz', 'ssh', 'mtools'])).toBe('sudo pkg install mtools');
    expect(installParts('freebsd', ['xz'])).toBeUndefined();
    expect(installParts('macports', ['virtiofsd'])).toBeUndefined();
    expect(installParts(undefined, ['podman'])).toBeUndefined();
  });

  it('has every part in each family of Linux', () => {
    const lacking = (['debian', 'fedora', 'rhel', 'arch', 'suse', 'alpine', 'nixos'] as const).flatMap(
      (family) =>
        parts.filter((part) => packageOf(part, family) === undefined).map((part) => `${family} ${part}`),
    );
    // They have no package of it; ground/install-advice.ts says where it is from.
    expect(lacking).toEqual(['arch gvproxy', 'alpine gvproxy']);
  });

  it.skipIf(missing('apt-cache') !== undefined)('names packages that Debian has', async () => {
    // Debian 12 has two of them not yet; install-advice.test.ts has the way out.
    const names = parts
      .filter((part) => part !== 'gvproxy' && part !== 'virtiofsd')
      .map((part) => packageOf(part, 'debian') ?? '');
    const { stdout } = await execa('apt-cache', ['policy', ...names]);
    expect(new Set([...stdout.matchAll(/^(\S+):$/gm)].map(([, name]) => name))).toEqual(new Set(names));
    expect(stdout).not.toContain('Candidate: (none)');
    expect(installCommand('debian', names)).toContain('qemu-utils');
  });
});
