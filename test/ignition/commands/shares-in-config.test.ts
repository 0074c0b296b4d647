import { describe, expect, it } from 'vitest';
import { agent } from '../../../ignition/src/agent.ts';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { readStatus } from '../../../ignition/src/state/status.ts';
import { appleFixtures, config, fixture } from '../support/fixtures.ts';
import { freshGuest } from '../support/freebsd.ts';

const tags = [
  '96b53e47e3fc7c29db4c5a4c6977dec',
  'cce6e93e6a3d4b6c414a7cddd805871',
  '921921bc31a624f9a9b308e64e478ce',
];

describe('the mount units of podman 6', () => {
  it('are mounted at each boot', () => {
    const guest = freshGuest();
    guest.tags.push(...tags);
    guest.fwcfg.set('opt/com.coreos/config', fixture('podman-6.0.0'));
    const expected = [`${tags[0]} /srv/data rw`, `${tags[1]} /mnt/ro rw`, `${tags[2]} /home/core/d rw`];
    expect(provision(guest.system)).toBe(0);
    expect(guest.mounts).toEqual(expected);
    guest.mounts.length = 0;
    expect(provision(guest.system)).toBe(0);
    expect(guest.mounts).toEqual(expected);
  });

  it('are a notice and no folder where the host offers virtiofs only', () => {
    const guest = freshGuest();
    guest.fwcfg.set('opt/com.coreos/config', fixture('podman-6.0.0'));
    expect(provision(guest.system)).toBe(0);
    expect(readStatus(guest.system)?.notices).toHaveLength(3);
    for (const path of ['/srv', '/mnt/ro', '/home/core/d']) expect(guest.system.lstat(path)).toBeUndefined();
  });

  it('leave no empty folder when the host has offered them once and does no more', () => {
    const guest = freshGuest();
    guest.tags.push(...tags);
    guest.fwcfg.set('opt/com.coreos/config', fixture('podman-6.0.0'));
    expect(provision(guest.system)).toBe(0);
    guest.mounts.length = 0;
    guest.tags.length = 0;
    expect(provision(guest.system)).toBe(0);
    for (const path of ['/srv/data', '/mnt/ro', '/home/core/d'])
      expect(guest.system.lstat(path)).toBeUndefined();
  });

  it('are missed with one notice to the user, in the one command that podman 6 runs', () => {
    const guest = freshGuest();
    guest.fwcfg.set('opt/com.coreos/config', fixture('podman-6.0.0'));
    expect(provision(guest.system)).toBe(0);
    const reload = (): number => agent(guest.system, ['systemctl', 'daemon-reload']);
    expect([reload(), reload()]).toEqual([0, 0]);
    expect(guest.system.stderr).toMatch(
      /^podbsd: folders of the host are not shared with this machine: .*setup-podman.*\n$/,
    );
  });

  it('are mounted from the outside in, as systemd does it', () => {
    const guest = freshGuest();
    guest.tags.push('vol0', 'vol1');
    const unit = (tag: string, where: string) => ({
      name: `${where.slice(1).replaceAll('/', '-')}.mount`,
      contents: `[Mount]\nWhat=${tag}\nWhere=${where}\nType=virtiofs\n`,
    });
    const units = [unit('vol0', '/srv/data/inner'), unit('vol1', '/srv/data')];
    guest.fwcfg.set('opt/com.coreos/config', config({ systemd: { units } }));
    expect(provision(guest.system)).toBe(0);
    expect(guest.mounts).toEqual(['vol1 /srv/data rw', 'vol0 /srv/data/inner rw']);
  });

  it('at a place that the system needs are no reason for a notice at each start', () => {
    const guest = freshGuest();
    guest.tags.push('vol0');
    const contents = '[Mount]\nWhat=vol0\nWhere=/etc/containers\nType=virtiofs\n';
    const units = [{ name: 'etc-containers.mount', enabled: true, contents }];
    guest.fwcfg.set('opt/com.coreos/config', config({ systemd: { units } }));
    expect(provision(guest.system)).toBe(0);
    expect(readStatus(guest.system)?.notices).toEqual([]);
    expect(readStatus(guest.system)?.skipped).toMatchObject([
      { what: '/etc/containers', reason: 'no folder is shared there: the system needs this folder' },
    ]);
    expect(agent(guest.system, ['systemctl', 'daemon-reload'])).toBe(0);
    expect(guest.system.stderr).toBe('');
  });

  it('fail the provisioning when the share is there and cannot be mounted', () => {
    const guest = freshGuest();
    guest.tags.push(...tags);
    guest.system.put('/srv/data', 'a file');
    guest.fwcfg.set('opt/com.coreos/config', fixture('podman-6.0.0'));
    expect(provision(guest.system)).toBe(1);
    expect(readStatus(guest.system)?.failures).toHaveLength(1);
    expect(guest.mounts).toHaveLength(2);
  });
});

describe('the names below /var that podman 6.1 writes for what its user typed', () => {
  const ours = [tags[0] ?? '', tags[1] ?? '', '68f94dfd6dbf1a92f06be7e6ee3a418'];
  const expected = ['/srv/data', '/mnt/ro', '/Users/me/src'].map(
    (place, index) => `${ours[index] ?? ''} ${place} rw`,
  );

  function bootWith611(guest = freshGuest()) {
    guest.tags.push(...ours);
    guest.fwcfg.set('opt/com.coreos/config', fixture('podman-6.1.1'));
    expect(provision(guest.system)).toBe(0);
    return guest;
  }

  it('lead to the folder that was typed, at each boot', () => {
    const guest = bootWith611();
    expect([...guest.mounts].sort()).toEqual([...expected].sort());
    guest.mounts.length = 0;
    guest.tags.length = 0;
    bootWith611(guest);
    expect([...guest.mounts].sort()).toEqual([...expected].sort());
  });

  it.each([
    ['/var/home', '../home'],
    ['/var/srv', '../srv'],
    ['/var/mnt', '../mnt'],
    ['/var/opt', '../opt'],
    ['/var/roothome', '../root'],
  ])('are links of root’s where the image has none: %s', (path, target) => {
    const { system } = bootWith611();
    expect(system.readLink(path)).toBe(target);
    expect(system.lstat(path)).toMatchObject({ uid: 0, gid: 0 });
  });

  it('are left alone where something else stands, which then gets the folder', () => {
    const guest = freshGuest();
    guest.system.put('/var/srv/mine', 'x');
    bootWith611(guest);
    expect(guest.system.readText('/var/srv/mine')).toBe('x');
    expect(guest.mounts).toContain(`${ours[0] ?? ''} /var/srv/data rw`);
  });

  it.each([
    ['/var/home/core', 'the SSH keys are there'],
    ['/var/roothome', 'the system needs this folder'],
    ['/var/home', 'the system needs this folder'],
  ])('are refused for what they lead to: %s', (where, reason) => {
    const guest = freshGuest();
    guest.tags.push('vol0');
    const users = [{ name: 'core', uid: 1777 }];
    const units = [{ name: 'x.mount', contents: `[Mount]\nWhat=vol0\nWhere=${where}\nType=virtiofs\n` }];
    guest.fwcfg.set('opt/com.coreos/config', config({ passwd: { users }, systemd: { units } }));
    // Already at the first boot, before there is such a home.
    expect(provision(guest.system)).toBe(0);
    expect(guest.mounts).toEqual([]);
    expect(readStatus(guest.system)?.skipped).toMatchObject([
      { what: where, reason: expect.stringContaining(reason) as string },
    ]);
  });

  it('are read-only where podman 6.2 says so', () => {
    const guest = freshGuest();
    guest.tags.push('vol0');
    const contents =
      '[Mount]\nWhat=vol0\nWhere=/var/srv/d\nType=virtiofs\nOptions=context="system_u:object_r:nfs_t:s0",ro\n';
    guest.fwcfg.set(
      'opt/com.coreos/config',
      config({ systemd: { units: [{ name: 'var-srv-d.mount', contents }] } }),
    );
    expect(provision(guest.system)).toBe(0);
    expect(guest.mounts).toEqual(['vol0 /srv/d ro']);
  });
});

describe.each(appleFixtures)('the config of a Mac, %s', (name, text) => {
  const guest = freshGuest();
  guest.tags.push('b2d90fabe01e12293e5d3230bf30fdb', '670599a475cd8c1766deeba3f85faaf');
  guest.fwcfg.set('opt/com.coreos/config', text);
  const code = provision(guest.system);

  it('is applied without a notice', () => {
    expect(readStatus(guest.system)).toMatchObject({
      ok: true,
      notices: [],
      failures: [],
      machineUser: 'core',
    });
    expect(code).toBe(0);
  });

  it('has its provider as the marker', () => {
    const provider = name.includes('libkrun') ? 'libkrun' : 'applehv';
    for (const path of ['/etc/podman-machine', '/etc/containers/podman-machine'])
      expect(guest.system.readText(path)).toBe(`${provider}\n`);
  });

  it('has its folders mounted by its units', () => {
    expect([...guest.mounts].sort()).toEqual([
      '670599a475cd8c1766deeba3f85faaf /Users/me/vol2 rw',
      'b2d90fabe01e12293e5d3230bf30fdb /mnt/vol1 rw',
    ]);
  });

  it('has nothing skipped without a reason of its own', () => {
    const skipped = readStatus(guest.system)?.skipped ?? [];
    expect(skipped.find(({ what }) => what === 'immutable-root-off.service')?.reason).toMatch(/FreeBSD/);
  });
});
