import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { distributionFamily, hostFamily } from '../../src/ground/distribution.ts';
import { tempDir } from '../support/temp-dir.ts';

describe('distributionFamily', () => {
  it.each([
    ['ID=debian\n', 'debian'],
    ['NAME="Linux Mint"\nID=linuxmint\nID_LIKE="ubuntu debian"\n', 'debian'],
    ['ID=fedora\n', 'fedora'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'rhel'],
    ['ID=manjaro\nID_LIKE=arch\n', 'arch'],
    ['ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\n', 'suse'],
    ['ID=alpine\nVERSION_ID=3.22.0\n', 'alpine'],
    ['ID=nixos\n', 'nixos'],
    ['ID=void\n', undefined],
    ['', undefined],
  ])('%j', (text, family) => {
    expect(distributionFamily(text)).toBe(family);
  });
});

describe('hostFamily', () => {
  it('is on macOS the package manager that is there', async () => {
    const folder = await tempDir();
    const path = async (manager: string): Promise<string> => {
      await mkdir(join(folder, manager));
      await writeFile(join(folder, manager, manager), '', { mode: 0o755 });
      return join(folder, manager);
    };
    expect(hostFamily('darwin', await path('port'))).toBe('macports');
    expect(hostFamily('darwin', `/nowhere:${await path('brew')}`)).toBe('homebrew');
  });

  it('needs no file on FreeBSD', () => {
    expect(hostFamily('freebsd', '', '')).toBe('freebsd');
    expect(hostFamily('linux', '', 'ID=arch\n')).toBe('arch');
  });
});
