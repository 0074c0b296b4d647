import { beforeEach, describe, expect, it } from 'vitest';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { readStatus } from '../../../ignition/src/state/status.ts';
import { config } from '../support/fixtures.ts';
import { freshGuest, type Guest } from '../support/freebsd.ts';

let guest: Guest;

beforeEach(() => {
  guest = freshGuest();
});

function boot(storage: object) {
  guest.fwcfg.set('opt/com.coreos/config', config({ storage }));
  provision(guest.system);
  const status = readStatus(guest.system);
  if (status === undefined) throw new Error('no status');
  expect(status.failures).toEqual([]);
  return status;
}

function file(path: string, text: string): object {
  return { files: [{ path, contents: { source: `data:,${encodeURIComponent(text)}` } }] };
}

function skippedBy(storage: object): string {
  return boot(storage)
    .skipped.map(({ what, reason }) => `${what}: ${reason}`)
    .join('\n');
}

describe('the name of the host', () => {
  it.each([
    ['box\n', 'box'],
    ['# by me\n\nbox.example.org', 'box.example.org'],
    ['a-1', 'a-1'],
  ])('is set, now and for the next boots: %j', (text, name) => {
    expect(boot(file('/etc/hostname', text)).skipped).toEqual([]);
    expect(guest.hostname).toBe(name);
    expect(guest.system.readText('/etc/rc.conf.d/hostname')).toContain(`\nhostname="${name}"\n`);
    expect(guest.system.lstat('/etc/hostname')).toBeUndefined();
  });

  it.each(['', '\n', 'two words', '-x', 'x-', 'a..b', '$(reboot)', '"', 'ä', 'x'.repeat(64)])(
    'stays what it is when there is none, and that is said: %j',
    (text) => {
      expect(skippedBy(file('/etc/hostname', text))).toMatch(/^\/etc\/hostname: /);
      expect(guest.hostname).toBe('');
      expect(guest.system.lstat('/etc/rc.conf.d/hostname')).toBeUndefined();
    },
  );
});

describe('files for sudo', () => {
  const path = '/usr/local/etc/sudoers.d/me';

  it('go where FreeBSD’s sudo reads them, with the rights that it demands', () => {
    boot(file('/etc/sudoers.d/me', '%wheel ALL=(ALL) NOPASSWD: ALL\n'));
    expect(guest.system.readText(path)).toBe('%wheel ALL=(ALL) NOPASSWD: ALL\n');
    expect(guest.system.lstat(path)).toMatchObject({ mode: 0o440, uid: 0, gid: 0 });
  });

  it('are left out with a notice when sudo could not read them', () => {
    expect(boot(file('/etc/sudoers.d/me', 'nonsense here\n')).notices.join()).toMatch(
      /sudoers.*syntax error/,
    );
    expect(guest.system.lstat(path)).toBeUndefined();
    expect(guest.system.list('/var/run/podbsd/scratch')).toEqual([]);
  });

  it.each(['me.conf', 'me~', 'podbsd', 'podbsd-path'])(
    'are skipped when nobody would read them: %s',
    (name) => {
      expect(skippedBy(file(`/etc/sudoers.d/${name}`, ''))).toMatch(/sudo reads no file|podbsd has a file/);
    },
  );
});

describe('files for sshd', () => {
  const path = '/etc/ssh/sshd_config.d/me.conf';

  it('are read before FreeBSD’s own, however often the machine boots', () => {
    for (let count = 0; count < 2; count++) boot(file(path, 'Banner /etc/issue\n'));
    expect(guest.system.readText(path)).toBe('Banner /etc/issue\n');
    expect(guest.system.readText('/etc/ssh/sshd_config')).toMatch(
      /^# podbsd: .*\nInclude \/etc\/ssh\/sshd_config\.d\/\*\.conf\n# podbsd: end of .*\n# FreeBSD’s own\n/,
    );
    expect(guest.system.readText('/etc/ssh/sshd_config')?.match(/Include/g)).toHaveLength(1);
  });

  it('are left out with a notice when sshd would not start with them', () => {
    const before = guest.system.readText('/etc/ssh/sshd_config');
    expect(boot(file(path, 'Nonsense yes\n')).notices.join()).toMatch(/Bad configuration option: Nonsense/);
    expect(guest.system.lstat(path)).toBeUndefined();
    expect(guest.system.readText('/etc/ssh/sshd_config')).toBe(before);
  });
});

describe('the whole sshd_config', () => {
  const path = '/etc/ssh/sshd_config';

  it('is left as it is, with a notice, when sshd would not start with another', () => {
    const before = guest.system.readText(path);
    expect(boot(file(path, 'Nonsense yes\n')).notices.join()).toMatch(/Bad configuration option: Nonsense/);
    expect(guest.system.readText(path)).toBe(before);
  });

  it.each(['before', 'after'])(
    'is replaced, and still reads the files that the config has %s it',
    (order) => {
      const main = { path, contents: { source: 'data:,Banner%20/etc/a%0A' } };
      const other = { path: `${path}.d/me.conf`, contents: { source: 'data:,Banner%20/etc/b%0A' } };
      const files = order === 'before' ? [other, main] : [main, other];
      for (let count = 0; count < 2; count++) {
        expect(boot({ files }).notices).toEqual([]);
        expect(guest.system.readText(path)).toMatch(/Include [^]*\nBanner \/etc\/a\n$/);
      }
    },
  );
});

describe('fstab', () => {
  it.each([
    'UUID=6f1c / ext4 defaults 0 1\n',
    'LABEL=data\t/data\txfs\tdefaults 0 0\n',
    '# ours\n/dev/sda2 /data auto defaults 0 0\n',
    'tag /data virtiofs rw 0 0\n',
  ])('of Linux is skipped, since FreeBSD would not start with it: %j', (text) => {
    guest.system.put('/etc/fstab', 'kept\n');
    expect(skippedBy(file('/etc/fstab', text))).toMatch(/FreeBSD would not start/);
    expect(guest.system.readText('/etc/fstab')).toBe('kept\n');
  });

  it('of FreeBSD is written', () => {
    const text = '# UUID=none\n/dev/gpt/swap0 none swap sw 0 0\nhost:/a /a nfs rw 0 0\n';
    expect(boot(file('/etc/fstab', text)).skipped).toEqual([]);
    expect(guest.system.readText('/etc/fstab')).toBe(text);
  });
});

describe('settings of the kernel', () => {
  it('that FreeBSD has are set, now and at each boot; the others are skipped by name', () => {
    const text = '# mine\nkern.maxfiles = 5000\n-kern/ipc/somaxconn=256\nvm.swappiness=1\nkern.nothing=1\n';
    expect(skippedBy(file('/etc/sysctl.d/10-me.conf', text))).toBe(
      ['vm.swappiness', 'kern.nothing']
        .map((name) => `/etc/sysctl.d/10-me.conf: ${name}: FreeBSD has no such setting; see sysctl(8)`)
        .join('\n'),
    );
    expect(Object.fromEntries(guest.settings)).toEqual({
      'kern.maxfiles': '5000',
      'kern.ipc.somaxconn': '256',
    });
    expect(guest.system.readText('/etc/sysctl.conf.local')).toContain(
      'kern.maxfiles=5000\nkern.ipc.somaxconn=256\n',
    );
  });

  it('that the kernel does not take are a notice, and not tried again by rc', () => {
    expect(boot(file('/etc/sysctl.d/me.conf', 'kern.maxfiles=many\n')).notices.join()).toMatch(
      /kern\.maxfiles is not set: .*invalid integer/,
    );
    expect(guest.system.readText('/etc/sysctl.conf.local') ?? '').not.toContain('many');
  });
});

describe('scripts for the shell', () => {
  const path = '/etc/profile.d/me.sh';

  it('are read by FreeBSD’s /etc/profile', () => {
    for (let count = 0; count < 2; count++) boot(file(path, 'export ME=1\n'));
    expect(guest.system.readText(path)).toBe('export ME=1\n');
    const profile = guest.system.readText('/etc/profile') ?? '';
    expect(profile).toMatch(/^# FreeBSD’s own\n/);
    expect(profile.match(/for profile in \/etc\/profile\.d\/\*\.sh; do/g)).toHaveLength(1);
  });

  it('that are none of sh are left out with a notice', () => {
    expect(boot(file(path, 'if then (\n')).notices).toHaveLength(1);
    expect(guest.system.lstat(path)).toBeUndefined();
  });
});

describe('the resolver', () => {
  const links = (target: string): object => ({
    links: [{ path: '/etc/resolv.conf', target, overwrite: true }],
  });

  it.each(['/run/systemd/resolve/stub-resolv.conf', '../run/NetworkManager/resolv.conf', '/nowhere'])(
    'of another system does not take the names away: link to %s',
    (target) => {
      guest.system.put('/etc/resolv.conf', 'nameserver 192.168.127.1\n');
      expect(skippedBy(links(target))).toMatch(/could not resolve names/);
      expect(guest.system.readText('/etc/resolv.conf')).toBe('nameserver 192.168.127.1\n');
    },
  );

  it('that nobody answers at is not written either', () => {
    expect(skippedBy(file('/etc/resolv.conf', 'search x\nnameserver 127.0.0.53\n'))).toMatch(
      /could not resolve names/,
    );
    expect(boot(file('/etc/resolv.conf', 'nameserver 9.9.9.9\n')).skipped).toEqual([]);
    expect(guest.system.readText('/etc/resolv.conf')).toBe('nameserver 9.9.9.9\n');
  });

  it('of the config itself may be linked', () => {
    const storage = { ...file('/opt/resolv', 'nameserver 9.9.9.9\n'), ...links('/opt/resolv') };
    expect(boot(storage).skipped).toEqual([]);
    expect(guest.system.readLink('/etc/resolv.conf')).toBe('/opt/resolv');
  });
});

describe('what only other systems read', () => {
  it.each([
    ['/etc/containers/systemd/web.container', /quadlets are made for systemd/],
    ['/home/core/.config/containers/systemd/web.kube', /quadlets are made for systemd/],
    ['/etc/systemd/network/10.network', /FreeBSD has no systemd/],
    ['/etc/NetworkManager/system-connections/a.nmconnection', /a Linux service/],
    ['/etc/netplan/a.yaml', /rc\.conf\(5\)/],
    ['/etc/sysconfig/network-scripts/ifcfg-eth0', /rc\.conf\(5\)/],
    ['/etc/machine-id', /nothing on FreeBSD reads it/],
    ['/etc/default/grub', /nothing on FreeBSD reads it/],
    ['/etc/sudoers', /\/usr\/local\/etc\/sudoers/],
    ['/etc/environment', /login\.conf/],
    ['/etc/security/limits.d/10.conf', /login\.conf/],
    ['/etc/cron.daily/x', /periodic/],
    ['/etc/issue.d/x.issue', /nothing on FreeBSD reads it/],
    ['/etc/dracut.conf.d/x.conf', /nothing on FreeBSD reads it/],
    ['/etc/nftables.conf', /pf\.conf/],
  ])('is skipped with its reason and not written: %s', (path, reason) => {
    expect(skippedBy(file(path, 'x'))).toMatch(reason);
    expect(guest.system.lstat(path)).toBeUndefined();
    expect(guest.system.readText('/dev/console')).toMatch(/podbsd: 1 part of the config is skipped/);
  });

  it.each([
    ['playbook.service', /Ansible/],
    ['rosetta-activation.service', /Rosetta/],
    ['virtiofs-mount-prepare@abc.service', /made by podbsd_provision/],
    ['abc.automount', /by its \.mount unit/],
    ['immutable-root-off.service', /can be written/],
    ['my.service', /FreeBSD has no systemd/],
  ])('units: %s', (name, reason) => {
    const units = [{ name, enabled: true, contents: '[Unit]\nDescription=x\n' }];
    guest.fwcfg.set('opt/com.coreos/config', config({ systemd: { units } }));
    expect(provision(guest.system)).toBe(0);
    expect(readStatus(guest.system)?.skipped).toMatchObject([
      { what: name, reason: expect.stringMatching(reason) as string },
    ]);
  });

  it('a Mac’s unit of podman 4.9 is mounted through its .automount', () => {
    guest.tags.push('abc');
    const contents = '[Mount]\nWhat=abc\nWhere=/Users/me\nType=virtiofs\n';
    const units = [
      { name: 'abc.automount', enabled: true, contents: '[Automount]\nWhere=/Users/me\n' },
      { name: 'abc.mount', enabled: false, contents },
    ];
    guest.fwcfg.set('opt/com.coreos/config', config({ systemd: { units } }));
    expect(provision(guest.system)).toBe(0);
    expect(guest.mounts).toEqual(['abc /Users/me rw']);
  });
});
