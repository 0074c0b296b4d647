import { describe, expect, it } from 'vitest';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { readStatus } from '../../../ignition/src/state/status.ts';
import { MemorySystem } from '../support/memory/memory-system.ts';
import { fixture, fixtures, keyOf } from '../support/fixtures.ts';
import { freshGuest, type Guest } from '../support/freebsd.ts';

const item = 'opt/com.coreos/config';

function boot(guest: Guest, text: string): number {
  guest.fwcfg.set(item, text);
  return provision(guest.system);
}

describe.each(fixtures)('provisioning with %s', (_name, text) => {
  const guest = freshGuest();
  const { system } = guest;
  const code = boot(guest, text);
  const status = readStatus(system);

  it('succeeds and says what was skipped', () => {
    expect(status?.failures).toEqual([]);
    expect(code).toBe(0);
    expect(status?.machineUser).toBe('core');
    expect(status?.skipped.map((entry) => entry.what)).toContain('podman.socket');
    expect(status?.skipped.every((entry) => entry.reason !== '')).toBe(true);
  });

  it('tells the console how much was skipped', () => {
    const count = status?.skipped.length ?? 0;
    expect(system.readText('/dev/console')).toContain(`podbsd: ${count} parts of the config are skipped: `);
  });

  it('makes core with the uid of the host, password field *, /bin/sh, and in wheel and podman', () => {
    const line = system
      .readText('/etc/master.passwd')
      ?.split('\n')
      .find((entry) => entry.startsWith('core:'));
    expect(line).toBe('core:*:1777:1777::0:0:podman machine user:/home/core:/bin/sh');
    expect(system.readText('/etc/group')).toMatch(/^wheel:\*:0:root,core$/m);
    expect(system.readText('/etc/group')).toMatch(/^podman:\*:\d+:core$/m);
  });

  it.each([
    ['/home/core', 1777],
    ['/root', 0],
  ])('puts the key into %s once, with rights that sshd accepts', (home, uid) => {
    expect(system.readText(`${home}/.ssh/authorized_keys`)).toBe(`${keyOf(text)}\n`);
    expect(system.lstat(home)).toMatchObject({ type: 'directory', uid, mode: 0o755 });
    expect(system.lstat(`${home}/.ssh`)).toMatchObject({ type: 'directory', uid, mode: 0o700 });
    expect(system.lstat(`${home}/.ssh/authorized_keys`)).toMatchObject({ uid, gid: uid, mode: 0o600 });
  });

  it('gives core sudo without a password', () => {
    expect(system.readText('/usr/local/etc/sudoers.d/podbsd')).toContain('\n#1777 ALL=(ALL) NOPASSWD: ALL\n');
    expect(system.lstat('/usr/local/etc/sudoers.d/podbsd')).toMatchObject({ uid: 0, gid: 0, mode: 0o440 });
  });

  it('writes both marker files', () => {
    for (const path of ['/etc/containers/podman-machine', '/etc/podman-machine']) {
      expect(system.readText(path)).toBe('qemu\n');
      expect(system.lstat(path)).toMatchObject({ uid: 0, mode: 0o644 });
    }
  });

  it('sets the time zone', () => {
    const zone = text.includes('Europe/Berlin') ? 'Europe/Berlin' : 'UTC';
    expect(system.readLink('/etc/localtime')).toBe(`/usr/share/zoneinfo/${zone}`);
    expect(system.readText('/var/db/zoneinfo')).toBe(`${zone}\n`);
  });

  it('leads every path of the API to the one socket', () => {
    expect(system.readLink('/run')).toBe('var/run');
    expect(system.readLink('/run/user/1777/podman/podman.sock')).toBe('/var/run/podman/podman.sock');
    expect(system.lstat('/var/run/user/1777')).toMatchObject({ uid: 1777, mode: 0o700 });
    expect(system.readLink('/var/run/docker.sock')).toBe('/var/run/podman/podman.sock');
  });

  it('makes what podman’s commands over SSH expect', () => {
    expect(system.readLink('/usr/bin/bash')).toBe('/usr/local/bin/bash');
    expect(system.readLink('/usr/local/bin/docker')).toBe('/usr/local/bin/podman');
    for (const path of [
      '/etc/tmpfiles.d',
      '/etc/profile.d',
      '/etc/environment.d',
      '/etc/systemd/system.conf.d',
    ]) {
      expect(system.lstat(path)?.type).toBe('directory');
    }
  });

  it('leaves out what means nothing here, and the image’s own settings alone', () => {
    for (const path of [
      '/etc/subuid',
      '/var/lib/systemd',
      '/home/core/.config/systemd',
      '/etc/chrony.conf',
    ]) {
      expect(system.lstat(path)).toBeUndefined();
    }
    expect(system.readText('/usr/local/etc/containers/containers.conf')).toBe('# the image’s own\n');
    expect(system.lstat('/etc/containers/containers.conf')).toBeUndefined();
  });

  it('changes nothing and runs nothing but the sync when it is done again', () => {
    const before = system.listing().filter((line) => !line.includes('/podbsd.log '));
    system.ran.length = 0;
    expect(boot(guest, text)).toBe(0);
    expect(system.listing().filter((line) => !line.includes('/podbsd.log '))).toEqual(before);
    const changing = system.ran.filter(([program]) =>
      /\/(pw|chown|chmod|visudo|certctl|service)$/.test(program),
    );
    expect(changing).toEqual([]);
  });
});

describe('a run that is cut off', () => {
  // One of each era of shares: every cut is two whole runs.
  it.each(fixtures.filter(([name]) => /4\.3\.1-rootful|6\.0\.0/.test(name)))(
    'ends in the same state when run again, wherever it was cut: %s',
    (_name, text) => {
      const reference = freshGuest();
      reference.tags.push('96b53e47e3fc7c29db4c5a4c6977dec');
      let changes = 0;
      reference.system.beforeChange = () => {
        changes++;
      };
      expect(boot(reference, text)).toBe(0);
      const wanted = stateOf(reference.system);
      expect(changes).toBeGreaterThan(60);

      for (let cut = 0; cut < changes; cut++) {
        const guest = freshGuest();
        guest.tags.push(...reference.tags);
        let left = cut;
        guest.system.beforeChange = (what) => {
          if (left-- <= 0) throw new Error(`power cut before: ${what}`);
        };
        boot(guest, text);
        guest.system.beforeChange = () => undefined;
        const again = freshGuest(guest.system);
        again.tags.push(...reference.tags);
        expect(boot(again, text), `after cut ${cut}`).toBe(0);
        expect(stateOf(guest.system), `after cut ${cut}`).toEqual(wanted);
      }
    },
  );

  /** Everything but what tells of the run itself. */
  function stateOf(system: MemorySystem): string[] {
    return system
      .listing()
      .filter((line) => !/^\/(var\/log\/podbsd\.log|var\/db\/podbsd\/status\.json|dev\/console) /.test(line));
  }
});

describe('variables that podman 4.9 sends beside the config', () => {
  it('name the folder where the certificates are, also when podman names one that it never writes', () => {
    const guest = freshGuest();
    const text = 'http_proxy="http://p:1"|SSL_CERT_DIR="/etc/containers/certs.d/ssl"';
    guest.fwcfg.set('opt/com.coreos/environment', Buffer.from(text).toString('base64'));
    expect(boot(guest, fixture('podman-4.3.1-rootless'))).toBe(0);
    const file = guest.system.readText('/usr/local/etc/rc.conf.d/podman_service');
    expect(file).toContain("SSL_CERT_DIR='\\''/usr/local/etc/containers/certs.d'\\''");
    expect(file).toContain('http://p:1');
  });
});

describe('items that bhyve was given as texts', () => {
  it('may end with a NUL', () => {
    const guest = freshGuest();
    const text = 'http_proxy="http://p:1"';
    guest.fwcfg.set('opt/com.coreos/environment', `${Buffer.from(text).toString('base64')}\0`);
    expect(boot(guest, `${fixture('podman-4.3.1-rootless')}\0`)).toBe(0);
    expect(guest.system.readText('/usr/local/etc/rc.conf.d/podman_service')).toContain('http://p:1');
  });
});

describe('a config that cannot be used', () => {
  it.each([
    ['cut off', fixture('podman-5.8.2').slice(0, 1500)],
    ['empty', ''],
    ['not an object', '[]'],
    ['of a later specification', '{"ignition":{"version":"3.7.0"}}'],
    ['of specification 2', '{"ignition":{"version":"2.2.0"}}'],
    ['without a version', '{"passwd":{}}'],
    [
      'with a wrong type',
      '{"ignition":{"version":"3.2.0"},"passwd":{"users":[{"name":"core","uid":"1000"}]}}',
    ],
  ])('fails with the reason and touches nothing of the system: %s', (_what, text) => {
    const guest = freshGuest();
    const before = guest.system.readText('/etc/master.passwd');
    expect(boot(guest, text)).toBe(1);
    expect(readStatus(guest.system)?.failures.join()).toMatch(/config/);
    expect(guest.system.readText('/dev/console')).toMatch(/podbsd: provisioning failed: .*config/);
    expect(guest.system.readText('/var/log/podbsd.log')).toMatch(/provisioning failed/);
    expect(guest.system.readText('/etc/master.passwd')).toBe(before);
    expect(guest.system.lstat('/home/core')).toBeUndefined();
  });

  it('is reported when there is none', () => {
    const guest = freshGuest();
    expect(provision(guest.system)).toBe(1);
    expect(readStatus(guest.system)?.failures).toEqual([
      'fw_cfg has no item opt/com.coreos/config: this machine was not started by podman',
    ]);
    // The rc script of the API service refuses to start without it.
    expect(guest.system.readText('/etc/group')).toMatch(/^podman:\*:\d+:$/m);
  });
});
