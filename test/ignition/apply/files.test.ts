import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, it } from 'vitest';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { readStatus } from '../../../ignition/src/state/status.ts';
import { aKey, config } from '../support/fixtures.ts';
import { freshGuest, type Guest } from '../support/freebsd.ts';

let guest: Guest;

beforeEach(() => {
  guest = freshGuest();
});

const users = [{ name: 'core', uid: 1777, sshAuthorizedKeys: [aKey] }];

function boot(storage: object): string[] {
  guest.fwcfg.set('opt/com.coreos/config', config({ passwd: { users }, storage }));
  provision(guest.system);
  return [...(readStatus(guest.system)?.failures ?? ['no status'])];
}

const core = { user: { name: 'core' }, group: { name: 'core' } };

describe('files', () => {
  it('get their contents, mode and owner, and the folders above them', () => {
    const file = { path: '/home/core/a/b', mode: 0o640, contents: { source: 'data:,hi' }, ...core };
    expect(boot({ files: [file] })).toEqual([]);
    expect(guest.system.readText('/home/core/a/b')).toBe('hi');
    expect(guest.system.lstat('/home/core/a/b')).toMatchObject({ mode: 0o640, uid: 1777, gid: 1777 });
    expect(guest.system.lstat('/home/core/a')).toMatchObject({ type: 'directory', uid: 1777 });
  });

  it('are 0644 and root’s when nothing is said', () => {
    expect(
      boot({ files: [{ path: '/opt/x', user: {}, group: {}, contents: { source: 'data:,x' } }] }),
    ).toEqual([]);
    expect(guest.system.lstat('/opt/x')).toMatchObject({ mode: 0o644, uid: 0, gid: 0 });
  });

  it('may be setuid or root-only: never readable by others in between', () => {
    const seen: (number | undefined)[] = [];
    guest.system.beforeChange = () => seen.push(guest.system.lstat('/opt/.podbsd-new')?.mode);
    expect(
      boot({ files: [{ path: '/opt/secret', mode: 0o600, contents: { source: 'data:,s' }, ...core }] }),
    ).toEqual([]);
    expect(seen.filter((mode) => mode !== undefined && (mode & 0o077) !== 0)).toEqual([]);
    expect(
      boot({ files: [{ path: '/opt/tool', mode: 0o4755, contents: { source: 'data:,t' }, ...core }] }),
    ).toEqual([]);
    expect(guest.system.lstat('/opt/tool')?.mode).toBe(0o4755);
  });

  it('replace what is there, also without overwrite: each boot makes them true again', () => {
    guest.system.put('/opt/x', 'old');
    expect(boot({ files: [{ path: '/opt/x', contents: { source: 'data:,new' } }] })).toEqual([]);
    expect(guest.system.readText('/opt/x')).toBe('new');
  });

  it('do not replace a folder with something in it', () => {
    guest.system.put('/opt/x/y', 'mine');
    expect(
      boot({ files: [{ path: '/opt/x', overwrite: true, contents: { source: 'data:,new' } }] }).join(),
    ).toMatch(/\/opt\/x is a folder that is not empty/);
    expect(guest.system.readText('/opt/x/y')).toBe('mine');
    boot({ files: [{ path: '/', contents: { source: 'data:,new' } }] });
    for (const path of ['/opt/.podbsd-new', '/.podbsd-new']) expect(guest.system.lstat(path)).toBeUndefined();
  });

  it('without a source are empty, or stay what they are', () => {
    guest.system.put('/opt/there', 'kept', 0o600, 5, 5);
    expect(boot({ files: [{ path: '/opt/there' }, { path: '/opt/new' }] })).toEqual([]);
    expect(guest.system.readText('/opt/there')).toBe('kept');
    expect(guest.system.lstat('/opt/there')).toMatchObject({ mode: 0o600, uid: 5 });
    expect(guest.system.readText('/opt/new')).toBe('');
  });

  it('are appended to once, however often the machine boots', () => {
    guest.system.put('/etc/ntp.conf', 'a\n');
    const files = [{ path: '/etc/ntp.conf', append: [{ source: 'data:,b%0A' }, { source: 'data:,c%0A' }] }];
    expect([boot({ files }), boot({ files }), boot({ files })].flat()).toEqual([]);
    expect(guest.system.readText('/etc/ntp.conf')).toBe('a\nb\nc\n');
    guest.system.put('/etc/ntp.conf', 'changed since\n');
    boot({ files });
    expect(guest.system.readText('/etc/ntp.conf')).toBe('changed since\n');
  });

  it.each([
    ['/etc/motd', '/var/run/motd'],
    ['/etc/aliases', 'mail/aliases'],
  ])('are appended to, or kept, where a link of FreeBSD leads: %s -> %s', (path, target) => {
    const real = target.startsWith('/') ? target : `/etc/${target}`;
    guest.system.put(real, 'a\n');
    guest.system.symlink(target, path);
    const files = [{ path, append: [{ source: 'data:,b%0A' }] }];
    expect([boot({ files }), boot({ files }), boot({ files: [{ path }] })].flat()).toEqual([]);
    expect(guest.system.readLink(path)).toBe(target);
    expect(guest.system.readText(real)).toBe('a\nb\n');
  });

  it('are not appended to through a link that others than root can change', () => {
    guest.system.put('/etc/secret', 's');
    guest.system.putFolder('/home/core', 0o755, 1777, 1777);
    guest.system.symlink('/etc/secret', '/home/core/x');
    const files = [{ path: '/home/core/x', append: [{ source: 'data:,b' }], ...core }];
    expect(boot({ files }).join()).toMatch(/the symbolic link \/home\/core\/x is not followed/);
    expect(guest.system.readText('/etc/secret')).toBe('s');
  });

  it('that were appended to may become links of their owner', () => {
    const files = [{ path: '/home/core/x', append: [{ source: 'data:,b' }], ...core }];
    expect(boot({ files })).toEqual([]);
    guest.system.remove('/home/core/x');
    guest.system.symlink('dotfiles/x', '/home/core/x');
    guest.system.entry('/home/core/x').uid = 1777;
    expect([boot({ files }), boot({ files: [{ path: '/home/core/x' }] })].flat()).toEqual([]);
    expect(guest.system.readLink('/home/core/x')).toBe('dotfiles/x');
  });

  it('are appended to in place of a link that leads nowhere', () => {
    guest.system.symlink('/nowhere/at/all', '/etc/motd');
    expect(boot({ files: [{ path: '/etc/motd', append: [{ source: 'data:,b' }] }] })).toEqual([]);
    expect(guest.system.lstat('/etc/motd')?.type).toBe('file');
    expect(guest.system.readText('/etc/motd')).toBe('b');
  });

  it('with a source and something to append are both, at each boot', () => {
    const files = [{ path: '/opt/x', contents: { source: 'data:,a' }, append: [{ source: 'data:,b' }] }];
    expect([boot({ files }), boot({ files })].flat()).toEqual([]);
    expect(guest.system.readText('/opt/x')).toBe('ab');
  });

  it('are unpacked and checked', () => {
    const text = 'some text '.repeat(100);
    const source = `data:;base64,${gzipSync(text).toString('base64')}`;
    const hash = (name: string): string => `${name}-${createHash(name).update(text).digest('hex')}`;
    const entry = (path: string, verification: object) => ({
      path,
      contents: { source, compression: 'gzip', verification },
    });
    const good = ['sha256', 'sha512'].map((name) => entry(`/opt/${name}`, { hash: hash(name) }));
    expect(boot({ files: good })).toEqual([]);
    expect(guest.system.readText('/opt/sha256')).toBe(text);
    expect(guest.system.readText('/opt/sha512')).toBe(text);
    const bad = entry('/opt/bad', { hash: `sha256-${'0'.repeat(64)}` });
    expect(boot({ files: [bad] }).join()).toMatch(/have the sha256 hash .*, not 0000/);
    expect(guest.system.lstat('/opt/bad')).toBeUndefined();
    expect(guest.system.list('/var/run/podbsd/scratch')).toEqual([]);
  });

  it('that are no gzip, or no data: URL, fail with the reason and its place', () => {
    const files = [
      { path: '/opt/a', contents: { source: 'data:,plain', compression: 'gzip' } },
      { path: '/opt/b', contents: { source: 'https://example.org/b' } },
      { path: '/opt/c', contents: { source: 'data:,%zz' } },
      { path: '/opt/d', contents: { source: 'data:,fine' } },
    ];
    const failures = boot({ files });
    expect(failures).toHaveLength(3);
    expect(failures.join('\n')).toMatch(/not in gzip format.*\/storage\/files\/0/);
    expect(failures.join('\n')).toMatch(/https:.*give them as a data: URL.*\/storage\/files\/1/);
    expect(failures.join('\n')).toMatch(/broken % escape.*\/storage\/files\/2/);
    expect(guest.system.readText('/opt/d')).toBe('fine');
  });

  it('of an unknown owner fail', () => {
    const failures = boot({
      files: [{ path: '/opt/a', user: { name: 'ghost' }, contents: { source: 'data:,' } }],
    });
    expect(failures.join()).toMatch(/there is no user ghost/);
    expect(guest.system.lstat('/opt/a')).toBeUndefined();
  });
});

describe('links on the way', () => {
  it('are followed where only root can have made them', () => {
    guest.system.remove('/home');
    guest.system.putFolder('/usr/home');
    guest.system.symlink('usr/home', '/home');
    expect(boot({ files: [{ path: '/home/core/x', contents: { source: 'data:,x' }, ...core }] })).toEqual([]);
    expect(guest.system.readText('/usr/home/core/x')).toBe('x');
    expect(guest.system.readText('/usr/home/core/.ssh/authorized_keys')).toBe(`${aKey}\n`);
  });

  it.each([
    ['/home/core', 1777, 0o755, 0],
    ['/home/core', 1777, 0o755, 1777],
    ['/var/shared', 0, 0o1777, 0],
    ['/var/shared', 0, 0o775, 0],
    ['/var/shared', 0, 0o755, 1777],
  ])('are refused where others can: %s of %i, mode %o, link of %i', (folder, owner, mode, linkOwner) => {
    guest.system.putFolder(folder, mode, owner, owner);
    guest.system.symlink('/etc', `${folder}/trap`);
    guest.system.entry(`${folder}/trap`).uid = linkOwner;
    const failures = boot({ files: [{ path: `${folder}/trap/passwd`, contents: { source: 'data:,x' } }] });
    expect(failures.join()).toMatch(/the symbolic link .*trap is not followed/);
    expect(guest.system.lstat('/etc/passwd')).toBeUndefined();
  });

  it('that lead in a circle end', () => {
    guest.system.symlink('b', '/opt-a');
    guest.system.symlink('loop', '/loop');
    expect(boot({ files: [{ path: '/loop/x', contents: { source: 'data:,x' } }] })).toHaveLength(1);
  });
});

describe('directories', () => {
  it('keep their rights when nothing is said about them', () => {
    expect(
      boot({ directories: [{ path: '/tmp' }, { path: '/opt/new/deep', mode: 0o750, ...core }] }),
    ).toEqual([]);
    expect(guest.system.lstat('/tmp')).toMatchObject({ mode: 0o1777, uid: 0 });
    expect(guest.system.lstat('/opt/new/deep')).toMatchObject({ mode: 0o750, uid: 1777 });
  });

  it('are not made over files', () => {
    guest.system.put('/opt/file', 'mine');
    expect(boot({ directories: [{ path: '/opt/file' }] }).join()).toMatch(/exists and is not a directory/);
    expect(guest.system.readText('/opt/file')).toBe('mine');
  });
});

describe('links of the config', () => {
  it('are made, symbolic and hard', () => {
    guest.system.put('/opt/file', 'x');
    const links = [
      { path: '/opt/soft', target: '../anywhere', ...core },
      { path: '/opt/hard', target: '/opt/file', hard: true },
    ];
    expect([boot({ links }), boot({ links })].flat()).toEqual([]);
    expect(guest.system.readLink('/opt/soft')).toBe('../anywhere');
    expect(guest.system.lstat('/opt/soft')).toMatchObject({ uid: 1777 });
    expect(guest.system.lstat('/opt/hard')).toMatchObject({ type: 'file' });
    expect(guest.system.lstat('/opt/.podbsd-new')).toBeUndefined();
  });

  it('do not take the place of a real docker', () => {
    guest.system.put('/usr/local/bin/docker', 'a program', 0o755);
    expect(
      boot({ links: [{ path: '/usr/local/bin/docker', target: '/usr/bin/podman', overwrite: true }] }),
    ).toEqual([]);
    expect(guest.system.readText('/usr/local/bin/docker')).toBe('a program');
  });

  it.each(['/usr/share/zoneinfo/UTC', '../usr/share/zoneinfo/UTC', '/usr/share/zoneinfo/Europe/Berlin'])(
    'set the time zone: %s',
    (target) => {
      guest.system.put('/etc/localtime', 'another zone');
      expect(boot({ links: [{ path: '/etc/localtime', target, overwrite: false }] })).toEqual([]);
      expect(guest.system.readLink('/etc/localtime')).toBe(target.replace('..', ''));
    },
  );

  // TZ of the client, NixOS, macOS, the second sets of Debian and openSUSE.
  it.each([
    '../usr/share/zoneinfo/:Europe/Berlin',
    '../usr/share/zoneinfo/usr/share/zoneinfo/Europe/Berlin',
    '../usr/share/zoneinfo/nix/store/0a1b-tzdata-2025b/share/zoneinfo/Europe/Berlin',
    '/usr/share/zoneinfo/var/db/timezone/tz/2025b.1.0/zoneinfo/Europe/Berlin',
    '/usr/share/zoneinfo/usr/share/zoneinfo.default/Europe/Berlin',
    '/usr/share/zoneinfo/posix/Europe/Berlin',
    '/usr/share/zoneinfo/right/Europe/Berlin',
  ])('find the zone in what podman takes for its name: %s', (target) => {
    boot({ links: [{ path: '/etc/localtime', target }] });
    expect(guest.system.readLink('/etc/localtime')).toBe('/usr/share/zoneinfo/Europe/Berlin');
  });

  it.each([
    '/usr/share/zoneinfo/Nowhere',
    '/usr/share/zoneinfo/a/zoneinfo/../../etc/passwd',
    '/usr/share/zoneinfo/../../../etc/passwd',
    '/etc/passwd',
    '../etc/passwd',
  ])('leave the zone as it is when it is none: %s', (target) => {
    guest.system.put('/etc/localtime', 'the zone');
    expect(boot({ links: [{ path: '/etc/localtime', target }] })).toEqual([]);
    expect(guest.system.readText('/etc/localtime')).toBe('the zone');
    expect(readStatus(guest.system)?.notices.join()).toMatch(/time zone/);
  });
});

describe('what is refused', () => {
  it.each([
    [{ storage: { disks: [{ device: '/dev/vtbd0' }] } }, '/storage/disks'],
    [{ storage: { filesystems: [{ device: '/dev/vtbd0', format: 'ext4' }] } }, '/storage/filesystems'],
    [{ storage: { luks: [{ name: 'x' }] } }, '/storage/luks'],
    [{ storage: { raid: [{ name: 'x' }] } }, '/storage/raid'],
    [
      { ignition: { version: '3.2.0', config: { merge: [{ source: 'https://x/' }] } } },
      '/ignition/config/merge/0',
    ],
    [
      { ignition: { version: '3.2.0', config: { replace: { source: 'http://x/' } } } },
      '/ignition/config/replace',
    ],
  ])('%j is, with its place; the rest is applied', (parts, pointer) => {
    guest.fwcfg.set('opt/com.coreos/config', config({ passwd: { users }, ...parts }));
    expect(provision(guest.system)).toBe(1);
    expect(readStatus(guest.system)?.failures.join()).toContain(`(${pointer})`);
    expect(guest.system.lstat('/home/core/.ssh/authorized_keys')).toBeDefined();
  });

  it('kernel arguments are skipped', () => {
    guest.fwcfg.set('opt/com.coreos/config', config({ kernelArguments: { shouldExist: ['quiet'] } }));
    expect(provision(guest.system)).toBe(0);
    expect(readStatus(guest.system)?.skipped).toMatchObject([{ pointer: '/kernelArguments/shouldExist/0' }]);
  });
});
