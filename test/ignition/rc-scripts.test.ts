import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { fixture } from './support/fixtures.ts';
import { guestTreeUnavailable, makeGuestTree, type GuestTree } from './support/guest-tree.ts';

const agent = '/usr/local/libexec/podbsd/podbsd-agent';

describe.skipIf(guestTreeUnavailable() !== undefined)('the rc scripts of the guest', () => {
  let guest: GuestTree;

  beforeAll(async () => {
    guest = await makeGuestTree();
    for (const name of ['ntpd', 'linux', 'podman'])
      await writeFile(
        at(`usr/local/etc/rc.d/${name}`),
        [
          '#!/bin/sh',
          '. /etc/rc.subr',
          `name=${name}`,
          `rcvar=${name}_enable`,
          `start_cmd="echo ${name} >>/started"`,
          // As the port's script has it.
          'podman=/usr/local/bin/podman podman_flags=--noout',
          'stop_cmd=:',
          `load_rc_config ${name}`,
          `: \${${name}_enable:=NO}`,
          'run_rc_command "$1"',
          '',
        ].join('\n'),
        { mode: 0o755 },
      );
    const podman = '#!/bin/sh\necho podman >>/started\necho "$@" >/podman-args\n';
    await writeFile(at('usr/local/bin/podman'), podman, { mode: 0o755 });
    // The kernel's module, without which the overlay leaves the Linux ABI off.
    await guest.run('/bin/mkdir', '-p', '/boot/kernel');
    await writeFile(at('boot/kernel/linux64.ko'), '');
  });
  afterAll(() => guest.remove());

  const at = (path: string): string => join(guest.root, path);
  const service = (...args: string[]) => guest.run('/usr/sbin/service', args[0] ?? '', ...args.slice(1));
  const started = (): Promise<string> => readFile(at('started'), 'utf8').catch(() => '');
  /** As rc(8) runs a script while the system starts. */
  const atBoot = (name: string) =>
    guest.run('/bin/sh', '-c', `_boot=faststart; set faststart; . /usr/local/etc/rc.d/${name}`);

  it.each(['podbsd_storage', 'podbsd_provision', 'podbsd_ready', 'podbsd_late'])(
    '%s answers status before and after it has done its work',
    async (name) => {
      const before = await service(name, 'status');
      expect([before.exitCode, before.stdout]).toEqual([1, expect.stringMatching(/\S/)]);
      expect(before.stderr).toBe('');
    },
  );

  it('the container storage, the configuration and the ready message answer status', async () => {
    await guest.run(agent, 'storage');
    await writeFile(at('config.ign'), fixture('podman-5.8.2'));
    await guest.run(agent, 'apply', '--config', '/config.ign');
    await writeFile(at('var/run/podbsd/ready'), 'Ready\n');
    expect(await service('podbsd_storage', 'status')).toMatchObject({
      exitCode: 0,
      stdout: 'The container storage is prepared, with the driver vfs.\n',
    });
    expect(await service('podbsd_provision', 'status')).toMatchObject({ exitCode: 0 });
    expect(await service('podbsd_ready', 'status')).toMatchObject({
      exitCode: 0,
      stdout: 'podman was told: Ready\n',
    });
    await writeFile(at('var/run/podbsd/ready'), 'Failed: sshd does not answer\n');
    expect(await service('podbsd_ready', 'status')).toMatchObject({ exitCode: 1 });
  });

  it('starts the containers of the policy unless-stopped, too, which the port leaves out', async () => {
    await service('podman', 'onestart');
    const args = await readFile(at('podman-args'), 'utf8');
    expect(args).toBe('--noout start --all --filter should-start-on-boot=true\n');
    await rm(at('started'));
  });

  it.each(['ntpd', 'linux', 'podman'])(
    '%s is not started at its own place, but by service(8)',
    async (name) => {
      await rm(at('started'), { force: true });
      expect(await atBoot(name)).toMatchObject({ exitCode: 0, stdout: '', stderr: '' });
      expect(await started()).toBe('');
      expect(await service(name, 'start')).toMatchObject({ exitCode: 0 });
      expect(await started()).toBe(`${name}\n`);
    },
  );

  it('podbsd_late starts them right after Ready, in the background, one after the other', async () => {
    await rm(at('started'), { force: true });
    expect(await atBoot('podbsd_late')).toMatchObject({ exitCode: 0 });
    await eventually(async () => {
      expect((await service('podbsd_late', 'status')).stdout).toContain('has started');
    });
    expect(await started()).toBe('ntpd\nlinux\npodman\n');
  });

  it('podbsd_late gives devd the usual priority, which it did not have while the system started', async () => {
    await writeFile(at('usr/bin/renice'), '#!/bin/sh\necho "renice $*" >>/reniced\n', { mode: 0o755 });
    await writeFile(at('var/run/devd.pid'), '4711');
    const reniced = (): Promise<string> => readFile(at('reniced'), 'utf8').catch(() => '');
    expect(await service('podbsd_late', 'onerun')).toMatchObject({ exitCode: 0 });
    expect(await reniced()).toBe('renice 0 -p 4711\n');
    // Whoever chose a priority keeps it.
    const rcConf = await readFile(at('etc/rc.conf'), 'utf8');
    await writeFile(at('etc/rc.conf'), `${rcConf}devd_nice="5"\n`);
    await service('podbsd_late', 'onerun');
    await writeFile(at('etc/rc.conf'), rcConf);
    expect(await reniced()).toBe('renice 0 -p 4711\n');
  });

  it('without podbsd_late they start in their own places again', async () => {
    await rm(at('started'), { force: true });
    const rcConf = await readFile(at('etc/rc.conf'), 'utf8');
    await writeFile(at('etc/rc.conf'), `${rcConf}podbsd_late_enable="NO"\n`);
    for (const name of ['podbsd_late', 'ntpd', 'linux', 'podman']) await atBoot(name);
    expect(await started()).toBe('ntpd\nlinux\npodman\n');
  });
});
