import { beforeEach, describe, expect, it } from 'vitest';
import { agent } from '../../../ignition/src/agent.ts';
import { provision } from '../../../ignition/src/commands/provision.ts';
import { fixture } from '../support/fixtures.ts';
import { freshGuest, type Guest } from '../support/freebsd.ts';

const context = 'context=system_u:object_r:nfs_t:s0';
const tag36 = '96b53e47e3fc7c29db4c5a4c6977decfb1f9';
const tag31 = tag36.slice(0, 31);

let guest: Guest;

beforeEach(() => {
  guest = freshGuest();
  guest.fwcfg.set('opt/com.coreos/config', fixture('podman-5.8.2'));
  expect(provision(guest.system)).toBe(0);
  guest.system.stderr = '';
});

/** As sudo starts it over SSH, after the shell has taken the quotes away; podman has made the folder before. */
function mount(line: string, target?: string): number {
  if (target !== undefined && guest.system.lstat(target) === undefined) guest.system.putFolder(target);
  return agent(guest.system, ['/usr/local/libexec/podbsd/bin/mount', ...line.split(' ')]);
}

/** Emptied by the boot: what is mounted, and /var/run. Asked for again by nobody. */
function reboot(): void {
  guest.mounts.length = 0;
  for (const name of guest.system.list('/var/run/podbsd')) guest.system.remove(`/var/run/podbsd/${name}`);
  expect(provision(guest.system)).toBe(0);
}

describe('mount as podman 4.3 to 5.1 calls it', () => {
  it.each([
    ['4.3.1', '-t 9p -o trans=virtio vol0 /mnt/d -o version=9p2000.L,msize=131072', 'vol0 /mnt/d rw'],
    [
      '4.9.5, read-only',
      '-t 9p -o trans=virtio vol0 /mnt/d -o version=9p2000.L,msize=131072 -o ro',
      'vol0 /mnt/d ro',
    ],
    [
      '5.1',
      '-t 9p -o trans=virtio vol0 /mnt/d -o version=9p2000.L,msize=131072,cache=mmap',
      'vol0 /mnt/d rw',
    ],
  ])('mounts the share: %s', (_version, line, expected) => {
    guest.tags.push('vol0');
    expect(mount(line, '/mnt/d')).toBe(0);
    expect(guest.mounts).toEqual([expected]);
    expect(guest.system.stderr).toBe('');
  });
});

describe('mount as podman 5.2 to 5.8 calls it', () => {
  it.each([
    ['5.4.2', `-t virtiofs ${tag36} /srv/data -o ${context}`, `${tag31} /srv/data rw`],
    ['5.8.2, read-only', `-t virtiofs ${tag36} /srv/data -o ${context},ro`, `${tag31} /srv/data ro`],
  ])('mounts the 9P share that stands for it: %s', (_version, line, expected) => {
    guest.tags.push(tag31);
    expect(mount(line, '/srv/data')).toBe(0);
    expect(guest.mounts).toEqual([expected]);
  });

  it('succeeds with one notice for the whole boot when there is none, and leaves no empty folder', () => {
    expect(mount(`-t virtiofs ${tag36} /srv/data -o ${context}`, '/srv/data')).toBe(0);
    expect(guest.system.stderr).toMatch(
      /^podbsd: folders of the host are not shared .*podbsd setup-podman.*\n$/,
    );
    expect(guest.system.lstat('/srv/data')).toBeUndefined();
    guest.system.stderr = '';
    expect(mount(`-t virtiofs ${'0'.repeat(36)} /srv/more -o ${context}`, '/srv/more')).toBe(0);
    expect(guest.system.stderr).toBe('');
    expect(guest.system.lstat('/srv/more')).toBeUndefined();
    reboot();
    expect(mount(`-t virtiofs ${tag36} /srv/data -o ${context}`, '/srv/data')).toBe(0);
    expect(guest.system.stderr).toMatch(/not shared/);
  });

  it('leaves a folder that is not empty, or not root’s, when there is none', () => {
    guest.system.put('/srv/full/file', 'mine');
    guest.system.putFolder('/home/core/mine', 0o755, 1777, 1777);
    mount(`-t virtiofs ${tag36} /srv/full -o ${context}`);
    mount(`-t virtiofs ${tag36} /home/core/mine -o ${context}`);
    expect(guest.system.readText('/srv/full/file')).toBe('mine');
    expect(guest.system.lstat('/home/core/mine')?.type).toBe('directory');
  });

  it('says that the driver is missing where FreeBSD has none', () => {
    guest.system.programs.set('/sbin/kldload', () => ({ code: 1, out: '', err: "can't load virtio_p9fs" }));
    expect(mount(`-t virtiofs ${tag36} /srv/data -o ${context}`, '/srv/data')).toBe(0);
    expect(guest.system.stderr).toMatch(/has no driver for shares: .*can't load virtio_p9fs/);
  });
});

describe('what is mounted already', () => {
  beforeEach(() => guest.tags.push('vol0', 'vol1'));

  it('is left alone when it is right', () => {
    mount('-t 9p -o trans=virtio vol0 /mnt/d -o version=9p2000.L', '/mnt/d');
    guest.system.ran.length = 0;
    expect(mount('-t 9p -o trans=virtio vol0 /mnt/d -o version=9p2000.L')).toBe(0);
    expect(guest.system.ran.filter(([program]) => program.endsWith('umount'))).toEqual([]);
    expect(guest.mounts).toEqual(['vol0 /mnt/d rw']);
  });

  it('makes room for what podman asks for now', () => {
    mount('-t 9p -o trans=virtio vol0 /mnt/d -o version=9p2000.L', '/mnt/d');
    mount('-t 9p -o trans=virtio vol0 /mnt/other -o version=9p2000.L', '/mnt/other');
    expect(guest.mounts).toEqual(['vol0 /mnt/other rw']);
    mount('-t 9p -o trans=virtio vol1 /mnt/other -o version=9p2000.L');
    expect(guest.mounts).toEqual(['vol1 /mnt/other rw']);
    mount('-t 9p -o trans=virtio vol1 /mnt/other -o version=9p2000.L -o ro');
    expect(guest.mounts).toEqual(['vol1 /mnt/other ro']);
  });

  it('comes back after a reboot inside the guest, when the host still offers it', () => {
    mount('-t 9p -o trans=virtio vol0 /mnt/d -o version=9p2000.L -o ro', '/mnt/d');
    mount('-t 9p -o trans=virtio vol1 /mnt/e -o version=9p2000.L', '/mnt/e');
    guest.tags.pop();
    reboot();
    expect(guest.mounts).toEqual(['vol0 /mnt/d ro']);
    expect(guest.system.readText('/var/log/podbsd.log')).toMatch(/share vol1 is not mounted at \/mnt\/e/);
  });
});

describe('places that are never covered', () => {
  it.each([
    '/',
    '/etc',
    '/etc/containers',
    '/usr',
    '/usr/local',
    '/usr/local/bin',
    '/usr/srcs',
    '/var/home',
    '/bin',
    '/dev',
    '/var',
    '/var/run/podman',
    '/home',
    '/home/',
    '//etc//',
    '//',
  ])('%s is kept, and podman’s start goes on', (target) => {
    guest.tags.push('vol0');
    expect(mount(`-t 9p -o trans=virtio vol0 ${target} -o version=9p2000.L`)).toBe(0);
    expect(guest.mounts).toEqual([]);
    expect(guest.system.stderr).toMatch(/is not mounted over .*: the system needs this folder/);
  });

  it.each(['/home/core', '/home/core/', '/home/core/.ssh', '/root'])(
    '%s is kept: the keys are there',
    (target) => {
      guest.tags.push('vol0');
      expect(mount(`-t 9p -o trans=virtio vol0 ${target} -o version=9p2000.L`)).toBe(0);
      expect(guest.mounts).toEqual([]);
      expect(guest.system.lstat('/home/core/.ssh/authorized_keys')).toBeDefined();
    },
  );

  it('a folder with a home in it is kept, wherever that is', () => {
    const accounts = guest.system.readText('/etc/master.passwd') ?? '';
    guest.system.put('/etc/master.passwd', `${accounts}me:*:1500:1500::0:0::/data/me:/bin/sh\n`, 0o600);
    guest.tags.push('vol0');
    expect(mount('-t 9p -o trans=virtio vol0 /data -o version=9p2000.L', '/data')).toBe(0);
    expect(guest.mounts).toEqual([]);
  });

  it.each([
    '/home/core/work',
    '/home/me',
    '/Users/me',
    '/usr/home/me',
    '/private',
    '/var/folders',
    '/mnt/c',
    '/mnt',
    '/opt',
    '/usr/src',
    '/usr/src/sys',
    '/usr/ports',
    '/usr/obj',
    '/usr/local/src',
    '/usr/home',
  ])('%s is given to a share', (target) => {
    guest.tags.push('vol0');
    expect(mount(`-t 9p -o trans=virtio vol0 ${target} -o version=9p2000.L`, target)).toBe(0);
    expect(guest.mounts).toEqual([`vol0 ${target} rw`]);
  });

  it('a folder that FreeBSD has for mounts stays when its share is not offered', () => {
    expect(mount('-t virtiofs 0123456789abcdef /mnt -o context=x')).toBe(0);
    expect(guest.system.lstat('/mnt')?.type).toBe('directory');
  });

  it.each([
    ['/var/home/me', '/home/me'],
    ['/var/srv/data', '/srv/data'],
    ['/var/mnt', '/mnt'],
    ['/var/opt/x', '/opt/x'],
    ['/var/roothome/x', '/root/x'],
  ])('%s of Fedora CoreOS is %s', (asked, place) => {
    guest.tags.push('vol0');
    expect(mount(`-t 9p -o trans=virtio vol0 ${asked} -o version=9p2000.L`)).toBe(0);
    expect(guest.mounts).toEqual([`vol0 ${place} rw`]);
  });

  it.each(['/var/roothome', '/var/roothome/.ssh', '/var/home/core', '/var/home/core/.ssh'])(
    '%s is kept: the keys are where it leads',
    (target) => {
      guest.tags.push('vol0');
      expect(mount(`-t 9p -o trans=virtio vol0 ${target} -o version=9p2000.L`)).toBe(0);
      expect(guest.mounts).toEqual([]);
    },
  );

  it('are recognised behind links', () => {
    guest.tags.push('vol0');
    guest.system.symlink('etc', '/innocent');
    expect(mount('-t 9p -o trans=virtio vol0 /innocent/ssh -o version=9p2000.L')).toBe(0);
    expect(guest.mounts).toEqual([]);
  });
});

describe('other calls', () => {
  it('go to the real mount as they are', () => {
    guest.system.programs.set('/sbin/mount', (argv) => ({ code: 3, out: argv.join('|'), err: '' }));
    expect(agent(guest.system, ['mount', '-t', 'ufs', '-o', 'ro', '/dev/vtbd1', '/mnt'])).toBe(3);
    expect(guest.system.stdout).toBe('/sbin/mount|-t|ufs|-o|ro|/dev/vtbd1|/mnt');
  });

  it.each(['-t 9p vol0 relative', '-t 9p vol0 /mnt/../etc'])(
    'with a target that is no plain path do not keep podman from starting: %s',
    (line) => {
      guest.tags.push('vol0');
      expect(mount(line)).toBe(0);
      expect(guest.mounts).toEqual([]);
      expect(guest.system.stderr).toMatch(/is not mounted at ".*": not an absolute path/);
    },
  );

  it.each(['-t 9p -o trans=virtio vol0', '-t virtiofs a b c'])(
    'with wrong operands are refused: %s',
    (line) => {
      expect(mount(line)).not.toBe(0);
      expect(guest.mounts).toEqual([]);
    },
  );

  it('tell why the machine is not provisioned', () => {
    guest.fwcfg.set('opt/com.coreos/config', '{"ignition":{"version":"9.9.9"}}');
    provision(guest.system);
    expect(mount('-t 9p -o trans=virtio vol0 /mnt/d -o version=9p2000.L')).toBe(1);
    expect(guest.system.stderr).toMatch(/not provisioned: .*version "9\.9\.9" is not understood/);
  });
});
