import { beforeEach, describe, expect, it } from 'vitest';
import { agent } from '../../../ignition/src/agent.ts';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { readLoginEnvironment } from '../../../ignition/src/freebsd/login-environment.ts';
import { fixture } from '../support/fixtures.ts';
import { freshGuest, type Guest } from '../support/freebsd.ts';

const overSsh = '/etc/systemd/system.conf.d/default-env.conf';
const files = ['/home/core/.ssh/environment', '/root/.ssh/environment'] as const;

let guest: Guest;

beforeEach(() => {
  guest = freshGuest();
});

/** As the script does that podman 5 and 6 send at each start. */
function proxies(...words: string[]): void {
  guest.system.put(
    overSsh,
    ['[Manager]', ...words.map((word) => `DefaultEnvironment=${word}`), ''].join('\n'),
  );
  expect(agent(guest.system, ['systemctl', 'daemon-reload'])).toBe(0);
}

function boot(name: string, item?: string): void {
  guest.fwcfg.set('opt/com.coreos/config', fixture(name));
  if (item !== undefined) guest.fwcfg.set('opt/com.coreos/environment', Buffer.from(item).toString('base64'));
  expect(provision(guest.system)).toBe(0);
}

describe('the environment of logins', () => {
  it('holds the proxies that podman 4.x sends beside the config', () => {
    boot('podman-4.3.1-rootless', 'http_proxy="http://p:3128"|no_proxy="a,b"|');
    for (const file of files)
      expect(guest.system.readText(file)?.split('\n')).toEqual(
        expect.arrayContaining(['HTTP_PROXY=http://p:3128', 'http_proxy=http://p:3128', 'no_proxy=a,b']),
      );
  });

  it('follows what podman 5 and 6 write at each start, and is for its reader alone', () => {
    boot('podman-5.8.2');
    for (const file of files) expect(guest.system.lstat(file)).toBeUndefined();
    proxies('"https_proxy=http://u:secret@p:1"');
    expect(guest.system.lstat(files[0])).toMatchObject({ mode: 0o600, uid: 1777 });
    expect(guest.system.lstat(files[1])).toMatchObject({ mode: 0o600, uid: 0 });
    expect(guest.system.readText(files[0])).toContain('\nhttps_proxy=http://u:secret@p:1\n');
    proxies();
    for (const file of files) expect(guest.system.lstat(file)).toBeUndefined();
  });

  it('leaves lines alone that people wrote', () => {
    boot('podman-5.8.2');
    guest.system.put(files[0], 'LANG=C.UTF-8', 0o600, 1777, 1777);
    proxies('"https_proxy=http://p:1"');
    expect(guest.system.readText(files[0])).toMatch(/^LANG=C\.UTF-8\n# podbsd: .*\nHTTPS_PROXY=/);
    proxies();
    expect(guest.system.readText(files[0])).toBe('LANG=C.UTF-8\n');
  });

  it('is what upgrades download with', () => {
    boot('podman-5.8.2');
    proxies('"https_proxy=http://p:1"', '"no_proxy=x"');
    expect(readLoginEnvironment(guest.system)).toMatchObject({ HTTPS_PROXY: 'http://p:1', NO_PROXY: 'x' });
  });
});
