import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { commitGuest } from '../../src/alpine/guest/commit.ts';
import { listGenerations } from '../../src/alpine/guest/generations.ts';
import { installedGuest } from '../../src/alpine/guest/installed.ts';
import { rollbackGuest } from '../../src/alpine/guest/rollback.ts';
import { startGuest, stopGuest, waitReachable } from '../../src/alpine/guest/run.ts';
import { guestStatus } from '../../src/alpine/guest/status.ts';
import { upgradeGuest } from '../../src/alpine/guest/upgrade.ts';
import { readSetting } from '../../src/alpine/vm-conf.ts';
import { ExitCode } from '../../src/ground/errors.ts';
import { missing } from '../support/programs.ts';
import { fakeFreebsd } from './support/bhyve.ts';
import { install, never, overlayFile, soon } from './support/guest.ts';

describe.skipIf(missing('mcopy') !== undefined)('changes of a guest on a FreeBSD host', () => {
  it('commits what was changed inside, and rolls back', async () => {
    const host = await fakeFreebsd();
    const installed = await install(host);
    const changes = join(host.home, '../state/guest-changes/etc');
    await mkdir(changes, { recursive: true });
    await writeFile(join(changes, 'motd'), 'changed inside\n');
    await startGuest(installed);
    const { generation, before, problems } = await commitGuest(installed, never);
    expect(problems).toEqual([]);
    expect(await listGenerations(installed)).toEqual([generation, before]);
    expect(await overlayFile(installed, 'etc/motd')).toBe('changed inside\n');
    await expect(rollbackGuest(installed)).rejects.toThrow(/not stopped/);

    await stopGuest(installed, soon);
    expect(await rollbackGuest(installed)).toBe(before);
    expect(await overlayFile(installed, 'etc/motd')).toBeUndefined();
    expect(await rollbackGuest(installed, generation)).toBe(generation);
    expect(await overlayFile(installed, 'etc/motd')).toBe('changed inside\n');
    await expect(rollbackGuest(installed, '../../evil')).rejects.toThrow(/no such generation/);
  });

  it('explains a committed overlay that would not work', async () => {
    const host = await fakeFreebsd();
    const installed = await install(host);
    const changes = join(host.home, '../state/guest-changes/etc');
    await mkdir(changes, { recursive: true });
    await writeFile(join(changes, 'shadow'), 'bin:!::0:::::\n');
    await startGuest(installed);
    const { problems } = await commitGuest(installed, never);
    expect(problems).toMatchObject([{ severity: 'error', path: 'etc/shadow' }]);
  });

  it('is upgraded, its packages too, and the old image goes when the guest is reached', async () => {
    const host = await fakeFreebsd();
    const installed = await install(host);
    await startGuest(installed);
    const iso = await host.otherIso('alpine-virt-3.25.0-x86_64.iso');
    const input = { iso, stopLimit: 5, readyLimit: 20, signal: never, say: () => undefined };
    expect(await upgradeGuest(installed, input)).toBe(true);
    const conf = await readFile(installed.paths.conf, 'utf8');
    expect(readSetting(conf, 'disk0_name')).toBe(join(host.vmDir, '.iso/alpine-virt-3.25.0-x86_64.iso'));
    expect(await overlayFile(installed, 'etc/apk/repositories')).toContain('/alpine/v3.25/community\n');
    expect(existsSync(join(host.vmDir, '.iso/alpine-virt-3.24.2-x86_64.iso'))).toBe(false);
    const now = await installedGuest(host.site, 'docker');
    expect(now.guest.branch).toBe('v3.25');
    expect(await upgradeGuest(now, input)).toBe(false);
  });

  it('runs again when its overlay cannot be changed for the new image', async () => {
    const host = await fakeFreebsd();
    const installed = await install(host);
    const archive = await host.otherIso('not-an-overlay');
    const [image, name] = [`${installed.paths.overlayDisk}@@1M`, '::docker.apkovl.tar.gz'];
    await execa('mcopy', ['-o', '-i', image, archive, name], { env: { MTOOLS_SKIP_CHECK: '1' } });
    await startGuest(installed);
    const iso = await host.otherIso('alpine-virt-3.25.0-x86_64.iso');
    const input = { iso, stopLimit: 5, readyLimit: 1, signal: never, say: () => undefined };
    await expect(upgradeGuest(installed, input)).rejects.toThrow(/not a gzip file/);
    expect((await guestStatus(installed)).state).toBe('running');
  });

  it('goes back to the old image when the guest is not reached with the new one', async () => {
    const host = await fakeFreebsd();
    const installed = await install(host);
    await startGuest(installed);
    await host.state('unreachable', 'alpine-virt-3.25.0-x86_64.iso');
    const iso = await host.otherIso('alpine-virt-3.25.0-x86_64.iso');
    const said: string[] = [];
    const input = {
      iso,
      stopLimit: 5,
      readyLimit: 1,
      signal: never,
      say: (line: string) => void said.push(line),
    };
    await expect(upgradeGuest(installed, input)).rejects.toMatchObject({ exitCode: ExitCode.notReady });
    const conf = await readFile(installed.paths.conf, 'utf8');
    expect(readSetting(conf, 'disk0_name')).toBe(join(host.vmDir, '.iso/alpine-virt-3.24.2-x86_64.iso'));
    expect(await overlayFile(installed, 'etc/apk/repositories')).toContain('/alpine/v3.24/community\n');
    expect(said.join()).toContain('going back to alpine-virt-3.24.2-x86_64.iso');
    await waitReachable(await installedGuest(host.site, 'docker'), soon);
  });
});
