import { existsSync } from 'node:fs';
import { mkdir, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { connectGuest } from '../../src/alpine/guest/connect.ts';
import { keepGeneration } from '../../src/alpine/guest/generations.ts';
import { guestAddress } from '../../src/alpine/guest/address.ts';
import { installGuest } from '../../src/alpine/guest/install.ts';
import { installedGuest } from '../../src/alpine/guest/installed.ts';
import { removeGuest } from '../../src/alpine/guest/remove.ts';
import { rollbackGuest } from '../../src/alpine/guest/rollback.ts';
import { startGuest, stopGuest, waitReachable } from '../../src/alpine/guest/run.ts';
import { guestStatus } from '../../src/alpine/guest/status.ts';
import { upgradeGuest } from '../../src/alpine/guest/upgrade.ts';
import { openSite } from '../../src/alpine/site/site.ts';
import { readSetting, replaceSetting } from '../../src/alpine/vm-conf.ts';
import { ExitCode } from '../../src/ground/errors.ts';
import { missing } from '../support/programs.ts';
import { fakeFreebsd } from './support/bhyve.ts';
import { install, never, overlayFile, soon, unexpected } from './support/guest.ts';

describe.skipIf(missing('mcopy') !== undefined)('a guest on a FreeBSD host', () => {
  it('is installed on a bare host, and a second time without repeating what is done', async () => {
    const host = await fakeFreebsd();
    const { paths } = await install(host);
    expect(await host.changes()).toEqual([
      'pkg install -y vm-bhyve grub2-bhyve mtools',
      'kldload -n nmdm',
      'sysrc -f /boot/loader.conf nmdm_load=YES',
      `zfs create -p -o mountpoint=${host.vmDir} zroot/vm`,
      'sysrc vm_dir=zfs:zroot/vm',
      'sysrc vm_enable=YES',
      'vm init',
      'vm switch create public',
      'vm switch add public igb0',
      'zfs create zroot/vm/docker',
    ]);
    expect((await stat(join(paths.folder, 'data.img'))).size).toBe(30 * 1024 * 1024);
    expect((await stat(paths.state)).mode & 0o777).toBe(0o700);
    expect((await stat(paths.userKey)).mode & 0o777).toBe(0o600);
    expect(readSetting(await readFile(paths.conf, 'utf8'), 'disk0_name')).toBe(
      join(host.vmDir, '.iso/alpine-virt-3.24.2-x86_64.iso'),
    );

    await writeFile(join(paths.folder, 'data.img'), 'containers');
    await install(host);
    expect(await host.changes()).toEqual([]);
    expect(await readFile(join(paths.folder, 'data.img'), 'utf8')).toBe('containers');
    expect((await readdir(paths.folder)).sort()).toEqual(['apkovl.img', 'data.img', 'docker.conf', 'podbsd']);
  });

  it('says in a dry run what it would do, on a bare host and on one that has the guest', async () => {
    const host = await fakeFreebsd({}, { iso: undefined });
    const said: string[] = [];
    const dry = { print: (line: string) => void said.push(line), root: true, doing: 'testing' };
    const { local, bundle, iso } = host;
    await installGuest(await openSite(local, dry), { local, bundle, iso });
    expect(said).toContain('pkg install -y vm-bhyve grub2-bhyve mtools');
    expect(said).toContain('zfs create zroot/vm/docker');
    expect(await host.changes()).toEqual([]);

    const installed = await install(host);
    await host.changes();
    const site = await openSite(local, dry);
    said.length = 0;
    await installGuest(site, { local, bundle, iso });
    const planned = await installedGuest(site, 'docker');
    await startGuest(planned);
    await waitReachable(planned, soon);
    await stopGuest(planned, soon);
    await upgradeGuest(planned, {
      iso: await host.otherIso('alpine-virt-3.25.0-x86_64.iso'),
      ...{ stopLimit: 5, readyLimit: 1, signal: never, say: () => undefined },
    });
    await keepGeneration(installed, Buffer.from('earlier'), new Date());
    await rollbackGuest(planned);
    await removeGuest(planned, true);
    expect(said).toContain('vm destroy -f docker');
    expect(await host.changes()).toEqual([]);
    expect(await overlayFile(installed, 'etc/apk/repositories')).toContain('/v3.24/main');
  });

  it('takes the port of vm-bhyve that is there', async () => {
    const host = await fakeFreebsd();
    await host.state('packages', 'vm-bhyve-devel');
    await install(host);
    expect(await host.changes()).toContain('pkg install -y grub2-bhyve mtools');
  });

  it('uses a plain folder where there is no such pool, and what vm-bhyve uses already', async () => {
    const host = await fakeFreebsd({ dataset: 'tank/vm' });
    await install(host);
    expect(await host.changes()).toContain(`sysrc vm_dir=${host.vmDir}`);

    const other = await fakeFreebsd();
    const elsewhere = `${other.vmDir}-mine`;
    await mkdir(elsewhere);
    await other.state('rc.conf', `vm_dir="${elsewhere}"`);
    const { paths } = await install(other);
    expect(paths.folder).toBe(join(elsewhere, 'docker'));
    expect((await other.changes()).filter((line) => line.includes('vm_dir'))).toEqual([]);
  });

  it('says all that is in its way at once, and has changed nothing then', async () => {
    const host = await fakeFreebsd();
    await rm(join(host.bundle, 'apkovl.img'));
    await rm(join(host.bundle, 'known_hosts'));
    await rm(host.iso);
    const refused = install(host);
    await expect(refused).rejects.toThrow(/apkovl\.img: there is no such file/);
    await expect(refused).rejects.toThrow(/known_hosts: there is no such file/);
    await expect(refused).rejects.toThrow(/ISO image .*: there is no such file/);
    expect(await host.changes()).toEqual([]);
  });

  it('never touches a guest of the same name that podbsd has not made', async () => {
    const host = await fakeFreebsd();
    const { paths } = await install(host);
    await rm(paths.state, { recursive: true });
    await expect(install(host)).rejects.toThrow(/did not create/);
    await expect(installedGuest(host.site, 'docker')).rejects.toThrow(/did not create/);
  });

  it('starts, is reached with the pinned key, reports, and stops', async () => {
    const host = await fakeFreebsd();
    const installed = await install(host);
    await host.state('report', 'podbsd 1 addresses=192.0.2.10 sshd=ready engine=starting');
    await host.changes();
    expect(await startGuest(installed)).toBe(true);
    await waitReachable(installed, soon);
    expect(await startGuest(installed)).toBe(false);
    expect(await guestStatus(installed)).toMatchObject({
      ...{ name: 'docker', state: 'running', address: '192.0.2.10', sshd: 'ready' },
      ...{ engine: 'podman', engineState: 'starting', iso: 'alpine-virt-3.24.2-x86_64.iso' },
    });
    await expect(install(host)).rejects.toThrow(/not stopped \(running\)/);
    expect(await stopGuest(installed, soon)).toBe('shut down');
    expect(await stopGuest(installed, soon)).toBe('was stopped');
    expect(await host.changes()).toEqual(['vm start docker', 'vm stop docker']);
  });

  it('starts after a power failure that left the socket of the port behind', async () => {
    const host = await fakeFreebsd();
    const installed = await install(host);
    await writeFile(installed.paths.reportSocket, '');
    expect(await startGuest(installed)).toBe(true);
  });

  it('starts after a power failure that left the lock of vm-bhyve behind, and can be removed then', async () => {
    const host = await fakeFreebsd();
    const installed = await install(host);
    await writeFile(installed.paths.lock, 'bsd.example.org\n');
    expect((await guestStatus(installed)).state).toBe('stopped');
    expect(await startGuest(installed)).toBe(true);
    await stopGuest(installed, soon);
    await writeFile(installed.paths.lock, 'bsd.example.org\n');
    await removeGuest(installed, true);
    expect(existsSync(installed.paths.folder)).toBe(false);
  });

  it('is left alone while another host runs it', async () => {
    const host = await fakeFreebsd();
    const installed = await install(host);
    await writeFile(installed.paths.lock, 'other.example.org\n');
    const locked = { exitCode: ExitCode.locked, problem: 'vm-bhyve says that another host runs it' };
    await expect(startGuest(installed)).rejects.toMatchObject(locked);
    await expect(stopGuest(installed, soon)).rejects.toMatchObject(locked);
    await expect(removeGuest(installed, true)).rejects.toMatchObject(locked);
    expect(existsSync(installed.paths.folder)).toBe(true);
  });

  it('says what vm-bhyve has against starting it, although that ends with exit code 0', async () => {
    const host = await fakeFreebsd();
    const installed = await install(host);
    await writeFile(
      installed.paths.conf,
      replaceSetting(await readFile(installed.paths.conf, 'utf8'), 'cpu', ''),
    );
    await expect(startGuest(installed)).rejects.toMatchObject({
      problem: 'vm-bhyve refuses: incomplete virtual machine configuration',
    });
  });

  it('says before the start what bhyve would stumble over in the background', async () => {
    const share = { tag: 'data', source: '/nonexistent/data', target: '/srv/data' };
    const host = await fakeFreebsd({ shares: [share] });
    const installed = await install(host);
    await expect(startGuest(installed)).rejects.toThrow(
      /there is no \/nonexistent\/data, which the guest shares/,
    );
    await rm(join(host.vmDir, '.iso'), { recursive: true });
    await expect(startGuest(installed)).rejects.toThrow(/\.iso, which the guest boots from/);
  });

  it('is forced off when it ignores the power button', async () => {
    const host = await fakeFreebsd();
    const installed = await install(host);
    await startGuest(installed);
    await host.state('ignores-acpi', '');
    await host.changes();
    expect(await stopGuest(installed, { limit: 0.1, every: 0.02 })).toBe('forced off');
    expect(await host.changes()).toEqual(['vm stop docker', 'vm poweroff -f docker']);
  });

  it('finds its address by what the guest reports, or by its MAC address', async () => {
    const host = await fakeFreebsd({ network: 'dhcp' });
    const installed = await install(host);
    await startGuest(installed);
    await host.state(
      'arp',
      `? (198.51.100.9) at 58:9c:fc:00:00:01 on vm-public expires in 9 seconds [bridge]`,
    );
    await host.state(
      'arp',
      `? (198.51.100.7) at ${installed.guest.mac} on vm-public expires in 9 seconds [bridge]`,
    );
    expect(await guestAddress(installed)).toBe('198.51.100.7');
    await host.state('report', 'podbsd 1 addresses=192.0.2.77,2001:db8::5 sshd=ready engine=ready');
    expect(await guestAddress(installed)).toBe('192.0.2.77');
  });

  it('is made known to podman once, with socket, identity and host key', async () => {
    const host = await fakeFreebsd();
    const { guest, paths } = await install(host);
    const onNotice = unexpected;
    const input = { guest, address: '192.0.2.10', identity: paths.userKey, makeDefault: true, onNotice };
    await connectGuest(host.site, input);
    await connectGuest(host.site, input);
    expect(await host.read('connections')).toBe(
      `docker ssh://root@192.0.2.10:22/run/podman/podman.sock ${paths.userKey}\n`,
    );
    const known = await readFile(join(host.home, '.ssh/known_hosts'), 'utf8');
    expect(known).toBe(`192.0.2.10 ${guest.hostKey}\n`);
    const stranger = {
      ...guest,
      hostKey: 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB',
    };
    await expect(connectGuest(host.site, { ...input, guest: stranger })).rejects.toMatchObject({
      exitCode: ExitCode.untrusted,
    });
  });

  it('is made known to docker, also to a client that wants no socket path', async () => {
    const host = await fakeFreebsd({ engine: 'docker' });
    const { guest } = await install(host);
    for (let time = 0; time < 2; time++)
      await connectGuest(host.site, {
        ...{ guest, address: '192.0.2.10', makeDefault: true },
        onNotice: unexpected,
      });
    expect(await host.read('contexts')).toBe('docker ssh://root@192.0.2.10:22\n');
    expect(await host.read('context')).toBe('docker\n');
  });

  it('is removed only when stopped and only on a clear word', async () => {
    const host = await fakeFreebsd();
    const installed = await install(host);
    await startGuest(installed);
    await expect(removeGuest(installed, true)).rejects.toThrow(/not stopped/);
    await stopGuest(installed, soon);
    await expect(removeGuest(installed, false)).rejects.toThrow(/all containers/);
    expect(existsSync(installed.paths.folder)).toBe(true);
    await removeGuest(installed, true);
    expect(existsSync(installed.paths.folder)).toBe(false);
  });

  it('needs root, and says so', async () => {
    const host = await fakeFreebsd();
    await host.state('uid', '1001');
    await expect(openSite(host.local, { root: true, doing: 'starting docker' })).rejects.toMatchObject({
      exitCode: ExitCode.host,
      problem: 'vm-bhyve needs root',
    });
  });
});
