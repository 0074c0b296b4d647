import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { installAdvice } from '../../src/ground/install-advice.ts';
import { inspected } from '../doctor/podman/inspected.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

const wanted = process.env['PODBSD_E2E'] === 'all';
const bookworm = inspected({ osRelease: 'ID=debian\nVERSION_CODENAME=bookworm\n' });
// Reads the lists of two Debian releases from the network.
const lacking = missing('apt-get', 'bash');
describe.skipIf(!wanted || lacking !== undefined)('gvproxy on Debian 12', () => {
  it('comes from Debian 13 by the commands that are printed, and nothing else does', async () => {
    const root = await tempDir();
    const bin = join(root, 'bin');
    for (const folder of ['bin', 'lists/partial', 'archives/partial', 'sources.list.d', 'preferences.d'])
      await mkdir(join(root, folder), { recursive: true });
    await writeFile(join(root, 'sources.list'), 'deb http://deb.debian.org/debian bookworm main\n');
    await copyFile('/var/lib/dpkg/status', join(root, 'status'));
    const settings = {
      'Dir::Etc': root,
      'Dir::Etc::trusted': '/usr/share/keyrings/debian-archive-keyring.gpg',
      'Dir::State': root,
      'Dir::State::lists': join(root, 'lists'),
      'Dir::State::status': join(root, 'status'),
      'Dir::Cache': root,
      'Dir::Cache::archives': join(root, 'archives'),
      'APT::Sandbox::User': '',
      'Acquire::Languages': 'none',
    };
    await writeFile(
      join(root, 'apt.conf'),
      Object.entries(settings)
        .map(([key, value]) => `${key} "${value}";\n`)
        .join(''),
    );
    // What sudo and apt would do to this system happens in the folder, and nothing is installed.
    await writeFile(join(bin, 'sudo'), '#!/bin/sh\nexec "$@"\n', { mode: 0o755 });
    await writeFile(
      join(bin, 'apt'),
      '#!/bin/sh\ncase $1 in\ninstall) exec apt-get --simulate "$@" ;;\nesac\nexec apt-get "$@"\n',
      { mode: 0o755 },
    );
    const command = installAdvice('gvproxy', bookworm).replaceAll('/etc/apt/', `${root}/`);
    const { stdout } = await execa('bash', ['-c', command], {
      env: { PATH: `${bin}:${process.env['PATH'] ?? ''}`, APT_CONFIG: join(root, 'apt.conf') },
    });
    expect([...stdout.matchAll(/^Inst (\S+)/gm)].map(([, name]) => name)).toEqual(['gvproxy']);
    expect(stdout).toMatch(/^Inst gvproxy \(\S+ Debian:13/m);
    // The ordinary upgrade still takes nothing from Debian 13.
    const policy = await execa('apt-cache', ['policy', 'podman'], {
      env: { APT_CONFIG: join(root, 'apt.conf') },
    });
    expect(policy.stdout).toMatch(/Candidate: 4\.3\.1/);
  });
});
