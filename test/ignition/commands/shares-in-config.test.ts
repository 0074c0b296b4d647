import { describe, expect, it } from 'vitest';
import { agent } from '../../../ignition/src/agent.ts';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { readStatus } from '../../../ignition/src/state/status.ts';
import { config, fixture } from '../support/fixtures.ts';
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
