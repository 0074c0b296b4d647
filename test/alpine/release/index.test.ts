import { describe, expect, it } from 'vitest';
import { findVirtImage } from '../../../src/alpine/release/index.ts';
import { branchOfIso, versionOfIso } from '../../../src/alpine/release/iso-name.ts';

const image = {
  branch: 'v3.20',
  arch: 'x86_64',
  version: '3.20',
  flavor: 'alpine-virt',
  iso: 'alpine-virt-3.20.0-x86_64.iso',
  sha256: 'a'.repeat(64),
};

function yaml(entry: object): string {
  const lines = Object.entries(entry).map(([key, value]) => `  ${key}: ${String(value)}`);
  return `---\n-\n${lines.join('\n')}\n`;
}

describe('findVirtImage', () => {
  it('reads every scalar as text: 3.20 keeps its zero', async () => {
    const found = await findVirtImage(
      yaml({ ...image, time: '10:25:51', date: '2026-11-01' }),
      'x86_64',
      'URL',
    );
    expect(found).toEqual({ branch: 'v3.20', version: '3.20', iso: image.iso, sha256: image.sha256 });
  });

  it.each([
    ['a path in place of a name', { ...image, iso: '../../etc/passwd.iso' }, /iso/],
    ['a name that begins with a dot', { ...image, iso: '.hidden.iso' }, /iso/],
    ['a short checksum', { ...image, sha256: 'abc' }, /sha256/],
    ['another architecture', { ...image, arch: 'aarch64' }, /for aarch64, not x86_64/],
    ['another flavour only', { ...image, flavor: 'alpine-standard' }, /lists no alpine-virt image/],
  ])('refuses %s', async (_, entry, problem) => {
    await expect(findVirtImage(yaml(entry), 'x86_64', 'URL')).rejects.toThrow(problem);
  });

  it.each([
    ['<html>captive portal</html>', /not a list of images/],
    ['- [', /not valid YAML/],
    ['', /not a list/],
  ])('refuses %s', async (text, problem) => {
    await expect(findVirtImage(text, 'x86_64', 'https://mirror/x.yaml')).rejects.toThrow(problem);
  });
});

describe('the name of an ISO image', () => {
  it('tells release and branch', () => {
    expect(versionOfIso('alpine-virt-3.24.2-x86_64.iso')).toBe('3.24.2');
    expect(branchOfIso('alpine-virt-3.24.2-x86_64.iso')).toBe('v3.24');
    expect(branchOfIso('alpine-virt-3.25.0_rc1-x86_64.iso')).toBe('v3.25');
    expect(() => branchOfIso('debian-12.iso')).toThrow(/release is unknown/);
  });
});
