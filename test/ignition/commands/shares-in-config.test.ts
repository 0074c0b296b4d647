import { describe, expect, it } from 'vitest';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { readStatus } from '../../../ignition/src/commands/status-file.ts';
import { fixture } from '../support/fixtures.ts';
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
