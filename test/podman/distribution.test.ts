import { describe, expect, it } from 'vitest';
import { distributionFamily, installCommand, packageOf, unpackaged } from '../../src/podman/distribution.ts';

describe('distributionFamily', () => {
  it.each([
    ['ID=debian\n', 'debian'],
    ['NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', 'debian'],
    ['ID=fedora\n', 'fedora'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'rhel'],
    ['ID=manjaro\nID_LIKE=arch\n', 'arch'],
    ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', 'suse'],
    ['ID=alpine\nVERSION_ID=3.22.0\n', 'alpine'],
    ['ID=nixos\n', undefined],
    ['', undefined],
  ])('%j', (text, family) => {
    expect(distributionFamily(text)).toBe(family);
  });
});

it('names packages of the architecture, each once', () => {
  const names = (['qemu', 'gvproxy', 'qemu'] as const).map((part) => packageOf(part, 'debian', 'arm64'));
  expect(installCommand('debian', names)).toBe('sudo apt install gvproxy qemu-system-arm');
  expect(packageOf('qemu', 'rhel', 'amd64')).toBe('qemu-kvm');
  expect(installCommand('arch', [packageOf('qemu', 'arch', 'amd64')])).toBe('sudo pacman -S qemu-base');
});

it('knows that Debian 12 has no gvproxy', () => {
  expect(unpackaged('gvproxy', 'ID=debian\nVERSION_CODENAME=bookworm\n')).toContain('trixie');
  expect(unpackaged('gvproxy', 'ID=debian\nVERSION_CODENAME=trixie\n')).toBeUndefined();
  expect(unpackaged('qemu', 'ID=debian\nVERSION_CODENAME=bookworm\n')).toBeUndefined();
});
