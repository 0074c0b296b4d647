import { beforeEach, describe, expect, it } from 'vitest';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { readStatus } from '../../../ignition/src/state/status.ts';
import { readAccounts, readGroups } from '../../../ignition/src/freebsd/accounts.ts';
import { aKey, config, otherKey } from '../support/fixtures.ts';
import { freshGuest, type Guest } from '../support/freebsd.ts';

let guest: Guest;

beforeEach(() => {
  guest = freshGuest();
});

function boot(...users: object[]): string[] {
  return bootWith({ passwd: { users } });
}

function bootWith(parts: object): string[] {
  guest.fwcfg.set('opt/com.coreos/config', config(parts));
  provision(guest.system);
  return [...(readStatus(guest.system)?.failures ?? ['no status'])];
}

function uidOf(name: string): number | undefined {
  return readAccounts(guest.system).find((account) => account.name === name)?.uid;
}

function addAccount(line: string): void {
  guest.system.put(
    '/etc/master.passwd',
    `${guest.system.readText('/etc/master.passwd') ?? ''}${line}\n`,
    0o600,
  );
}

function skippedReasons(): string {
  return JSON.stringify(readStatus(guest.system)?.skipped);
}

const keys = `/home/core/.ssh/authorized_keys`;

describe('the machine user', () => {
  it.each([
    'core',
    'alice',
    'root2',
    '123',
    '0day',
    'a.b-c_d',
    'ALL',
    'operator2',
    'constructor',
    '__proto__',
  ])('may have the name %s', (name) => {
    expect(boot({ name, uid: 501, sshAuthorizedKeys: [aKey] })).toEqual([]);
    expect(uidOf(name)).toBe(501);
    expect(guest.system.readText(`/home/${name}/.ssh/authorized_keys`)).toBe(`${aKey}\n`);
    expect(guest.system.lstat(`/home/${name}`)).toMatchObject({ uid: 501, mode: 0o755 });
    expect(guest.system.readText('/usr/local/etc/sudoers.d/podbsd')).toContain(
      '#501 ALL=(ALL) NOPASSWD: ALL',
    );
  });

  it('gets its uid although an account of the image has it, whose files move with it', () => {
    addAccount('freebsd:*:1000:1000::0:0:FreeBSD:/home/freebsd:/bin/sh');
    guest.system.putFolder('/home/freebsd', 0o755, 1000, 1000);
    guest.system.put('/home/freebsd/file', 'x', 0o600, 1000, 1000);
    expect(boot({ name: 'core', uid: 1000 })).toEqual([]);
    expect(uidOf('core')).toBe(1000);
    expect(uidOf('freebsd')).toBe(1001);
    expect(guest.system.lstat('/home/freebsd/file')).toMatchObject({ uid: 1001 });
    expect(guest.system.lstat('/home/core')).toMatchObject({ uid: 1000 });
  });

  it('gets its uid although its name is taken, with the files of its home', () => {
    addAccount('core:*:1000:1000::0:0:old:/home/core:/bin/csh');
    guest.system.putFolder('/home/core', 0o777, 1000, 1000);
    guest.system.put('/home/core/file', 'x', 0o600, 1000, 1000);
    expect(boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey] })).toEqual([]);
    expect(readAccounts(guest.system).find((account) => account.name === 'core')).toMatchObject({
      uid: 1777,
      shell: '/bin/sh',
    });
    expect(guest.system.lstat('/home/core/file')).toMatchObject({ uid: 1777 });
    expect(guest.system.lstat('/home/core')).toMatchObject({ uid: 1777, mode: 0o755 });
  });

  it('can be an account of the base system', () => {
    expect(boot({ name: 'operator', uid: 1500, sshAuthorizedKeys: [aKey] })).toEqual([]);
    expect(uidOf('operator')).toBe(1500);
  });

  it('swaps numbers with another account of the config', () => {
    expect(boot({ name: 'a', uid: 1500 }, { name: 'b', uid: 1600 })).toEqual([]);
    expect(boot({ name: 'a', uid: 1600 }, { name: 'b', uid: 1500 })).toEqual([]);
    expect([uidOf('a'), uidOf('b')]).toEqual([1600, 1500]);
  });

  it.each(['/etc', '/', '/root/', '/home//', '/root/.ssh', '/var/run/x', '/usr/local', '/mnt'])(
    'does not live in %s',
    (homeDir) => {
      const rights = (): unknown => ({ ...guest.system.lstat(homeDir), size: 0 });
      const before = rights();
      expect(boot({ name: 'core', uid: 1777, homeDir, sshAuthorizedKeys: [aKey] }).join()).toMatch(
        /cannot be somebody's home/,
      );
      expect(rights()).toEqual(before);
    },
  );

  it('does not get the home of somebody else', () => {
    addAccount('bob:*:1500:1500::0:0:Bob:/home/bob:/bin/sh');
    guest.system.putFolder('/home/bob', 0o700, 1500, 1500);
    expect(boot({ name: 'core', uid: 1777, homeDir: '/home/bob' }).join()).toMatch(
      /\/home\/bob belongs to another user/,
    );
    expect(guest.system.lstat('/home/bob')).toMatchObject({ uid: 1500 });
  });

  it('loses a password that locks it out or lets everybody in', () => {
    for (const field of ['*LOCKED**', '']) {
      guest = freshGuest();
      addAccount(`core:${field}:1777:1777::0:0::/home/core:/bin/sh`);
      expect(boot({ name: 'core', uid: 1777 })).toEqual([]);
      expect(readAccounts(guest.system).find((account) => account.name === 'core')?.password).toBe('*');
    }
  });

  it('is in the groups that mean the same here', () => {
    boot({ name: 'core', groups: ['sudo', 'adm', 'wheel', 'systemd-journal', 'operator', 'docker'] });
    const groups = readGroups(guest.system).filter((group) => group.members.includes('core'));
    expect(groups.map((group) => group.name).sort()).toEqual(['operator', 'podman', 'wheel']);
    expect(skippedReasons()).toContain('systemd-journal');
    expect(skippedReasons()).toContain('docker');
  });

  it('has the primary group of the config, where there is one', () => {
    const gidOf = (name: string) => readAccounts(guest.system).find((account) => account.name === name)?.gid;
    expect(
      boot({ name: 'core', primaryGroup: 'operator' }, { name: 'other', primaryGroup: 'users' }),
    ).toEqual([]);
    expect(gidOf('core')).toBe(5);
    expect(skippedReasons()).toContain('/passwd/users/1/primaryGroup');
  });

  it('has another primary group when the config has one', () => {
    const gidOf = (name: string) => readAccounts(guest.system).find((account) => account.name === name)?.gid;
    expect([boot({ name: 'core' }), boot({ name: 'core', primaryGroup: 'operator' })].flat()).toEqual([]);
    expect(gidOf('core')).toBe(5);
    expect(guest.system.lstat('/home/core')).toMatchObject({ gid: 5 });
  });

  it('has no home where the config wants none, unless keys need one', () => {
    const other = { name: 'other', noCreateHome: true };
    expect(boot({ name: 'core', sshAuthorizedKeys: [aKey], noCreateHome: true }, other)).toEqual([]);
    expect(guest.system.readText(keys)).toBe(`${aKey}\n`);
    expect(guest.system.lstat('/home/core')).toMatchObject({ uid: uidOf('core') });
    expect(guest.system.lstat('/home/other')).toBeUndefined();
    expect(boot({ name: 'core', sshAuthorizedKeys: [aKey] }, { name: 'other' })).toEqual([]);
    expect(guest.system.lstat('/home/other')).toMatchObject({ type: 'directory', uid: uidOf('other') });
  });

  it('is made although the databases were left ahead of master.passwd, when the machine was cut off', () => {
    const { programs } = guest.system;
    const pw = programs.get('/usr/sbin/pw');
    let isAhead = true;
    programs.set('/usr/sbin/pwd_mkdb', ([, ...args]) => {
      isAhead &&= args.join(' ') !== '-p /etc/master.passwd';
      return { code: 0, out: '', err: '' };
    });
    programs.set('/usr/sbin/pw', (argv, system, input) =>
      argv[1] === 'useradd' && isAhead
        ? { code: 65, out: '', err: "pw: login name `core' already exists\n" }
        : (pw?.(argv, system, input) ?? { code: 127, out: '', err: '' }),
    );
    expect(boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey] })).toEqual([]);
    expect(uidOf('core')).toBe(1777);
  });

  it('never becomes root', () => {
    expect(boot({ name: 'evil', uid: 0, sshAuthorizedKeys: [aKey] }).join()).toMatch(
      /uid 0 belongs to root alone/,
    );
    expect(uidOf('evil')).toBeUndefined();
    boot({ name: 'root', uid: 1000 });
    expect(uidOf('root')).toBe(0);
  });
});

describe('shouldExist: false', () => {
  it('removes core when the machine user has another name, but not its home', () => {
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey] });
    expect(boot({ name: 'alice', uid: 1777 }, { name: 'core', shouldExist: false })).toEqual([]);
    expect(uidOf('core')).toBeUndefined();
    expect(uidOf('alice')).toBe(1777);
    expect(guest.system.lstat(keys)).toBeDefined();
  });

  it.each(['root', 'daemon', 'nobody'])('does not remove %s', (name) => {
    expect(boot({ name, shouldExist: false })).toEqual([]);
    expect(uidOf(name)).toBeDefined();
    expect(skippedReasons()).toContain('not made by podbsd');
  });

  it('does not mind who is not there', () => {
    expect(boot({ name: 'ghost', shouldExist: false })).toEqual([]);
  });
});

describe('keys', () => {
  it('are there exactly once, besides those that people added', () => {
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [`${aKey} one`, `${aKey} two`] });
    expect(guest.system.readText(keys)).toBe(`${aKey} one\n`);
    guest.system.put(keys, `# mine\n${otherKey} mine\n${aKey} one\n${aKey} again`, 0o644, 1777, 1777);
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [`${aKey} one`] });
    expect(guest.system.readText(keys)).toBe(`# mine\n${otherKey} mine\n${aKey} one\n`);
    expect(guest.system.lstat(keys)).toMatchObject({ mode: 0o600, uid: 1777 });
  });

  it.each([
    ['options that came later', aKey, `from="10.0.2.2",no-pty ${aKey}`],
    ['options that changed', `from="10.0.2.2" ${aKey}`, `from="10.0.2.3" ${aKey}`],
    ['options that went', `restrict ${aKey}`, aKey],
    ['another comment', `${aKey} old@host`, `${aKey} new@host`],
  ])('have what the config says now: %s', (_what, earlier, now) => {
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [earlier] });
    const others = `\n# mine\r\n  command="date"   ${otherKey}\tmine  \ncert-authority ${aKey} ca\nno key\n`;
    guest.system.put(keys, `${earlier}\n${others}${earlier}\n`, 0o600, 1777, 1777);
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [now] });
    expect(guest.system.readText(keys)).toBe(`${now}\n${others}`);
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [now] });
    expect(guest.system.readText(keys)).toBe(`${now}\n${others}`);
  });

  it('keep what somebody changed in their lines, until the config changes', () => {
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey] });
    const edited = `command="/usr/local/bin/backup" ${aKey} edited`;
    guest.system.put(keys, `${edited}\n`, 0o600, 1777, 1777);
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey, otherKey] });
    expect(guest.system.readText(keys)).toBe(`${edited}\n${otherKey}\n`);
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [`restrict ${aKey}`, otherKey] });
    expect(guest.system.readText(keys)).toBe(`restrict ${aKey}\n${otherKey}\n`);
  });

  it.each([
    ['lets in from everywhere', otherKey, `from="10.0.2.2" ${otherKey}`],
    ['runs something else', `command="date" ${otherKey}`, otherKey],
  ])('hold although a line of the image for the same key %s', (_what, line, wanted) => {
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey] });
    guest.system.put(keys, `${line} image\n${aKey}\n${line} again\n`, 0o600, 1777, 1777);
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey, wanted] });
    expect(guest.system.readText(keys)).toBe(`${wanted}\n${aKey}\n`);
  });

  it('lose their old line when their new options are not accepted', () => {
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey, otherKey] });
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [`command="reboot" ${aKey}`, otherKey] });
    expect(guest.system.readText(keys)).toBe(`${otherKey}\n`);
    expect(readStatus(guest.system)?.notices.join()).toMatch(/^1 SSH key of core left out: /);
  });

  it.each(['written', 'recorded'])(
    'get their options after a power cut before they were %s, too',
    (stage) => {
      boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey] });
      const left = stage === 'written' ? aKey : `restrict ${aKey}`;
      guest.system.put(keys, `${left}\n${otherKey}\n`, 0o600, 1777, 1777);
      boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [`restrict ${aKey}`] });
      expect(guest.system.readText(keys)).toBe(`restrict ${aKey}\n${otherKey}\n`);
    },
  );

  it('of an earlier config go', () => {
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey] });
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [otherKey] });
    expect(guest.system.readText(keys)).toBe(`${otherKey}\n`);
  });

  it.each([
    ['comments and blank lines', `# laptop\n\n  # phone\n${aKey}\n`],
    ['line ends of Windows', `${otherKey} a\r\n\r\n${aKey}\r\n`],
    ['one line ended by a carriage return', `${aKey}\r`],
    ['several keys in one entry', `${otherKey}\n\t${aKey} two  \n`],
  ])('are read from an entry as sshd reads a file: %s', (_what, entry) => {
    expect(boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [entry] })).toEqual([]);
    expect(guest.system.readText(keys)).toMatch(new RegExp(`^${aKey}`, 'm'));
    expect(guest.system.readText(keys)).not.toMatch(/\r|#|^[ \t]*\n/m);
    expect(readStatus(guest.system)).toMatchObject({ notices: [], skipped: [] });
  });

  it.each([
    ['what is no key', 'key', 'is not a type of SSH key'],
    ['a cut key', aKey.slice(0, 40), 'is not such a key'],
    ['an option that runs something', `command="reboot" ${aKey}`, 'the option command is not accepted'],
    ['an authority', `cert-authority ${aKey}`, 'the option cert-authority is not accepted'],
  ])('that are not taken cost nobody the others: %s', (_what, line, reason) => {
    expect(boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [line, `${line}\n${otherKey}`] })).toEqual([]);
    expect(guest.system.readText(keys)).toBe(`${otherKey}\n`);
    expect(readStatus(guest.system)?.notices.join()).toMatch(/^2 SSH keys of core left out: /);
    expect(readStatus(guest.system)?.skipped).toMatchObject([
      { pointer: '/passwd/users/0/sshAuthorizedKeys/0', reason: expect.stringContaining(reason) as string },
      { pointer: '/passwd/users/0/sshAuthorizedKeys/1' },
    ]);
  });

  it('are not read from what a link in their place points to', () => {
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey] });
    guest.system.remove(keys);
    guest.system.symlink('/etc/master.passwd', keys);
    boot({ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey] });
    expect(guest.system.readText(keys)).toBe(`${aKey}\n`);
    expect(guest.system.readText('/etc/master.passwd')).not.toContain(aKey);
  });
});

describe('groups of the config', () => {
  it('are made, and never removed or renumbered', () => {
    expect(bootWith({ passwd: { groups: [{ name: 'dev', gid: 2000 }] } })).toEqual([]);
    expect(readGroups(guest.system).find((group) => group.name === 'dev')?.gid).toBe(2000);
    bootWith({ passwd: { groups: [{ name: 'dev', shouldExist: false }] } });
    expect(skippedReasons()).toContain('groups are never removed');
    expect(bootWith({ passwd: { groups: [{ name: 'dev', gid: 2001 }] } }).join()).toMatch(
      /exists with gid 2000/,
    );
  });
});
