import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { baseTree } from './base.ts';
import { standInUnavailable } from './requirements.ts';

/** The doubles need the root directory of the stand-in; entering it needs root, or a user namespace that maps to it. */
const enter = process.getuid?.() === 0 ? ['chroot'] : ['unshare', '--map-root-user', '--', 'chroot'];

describe.skipIf(standInUnavailable() !== undefined)("doubles refuse what FreeBSD's programs refuse", () => {
  let root = '';

  beforeAll(async () => {
    const copying = { recursive: true, verbatimSymlinks: true } as const;
    root = await mkdtemp(join(tmpdir(), 'doubles-'));
    await cp(await baseTree(), root, copying);
    await cp(join(packageRoot, 'test/doubles/freebsd'), root, copying);
  });
  afterAll(async () => rm(root, { recursive: true, force: true }));

  async function run(line: string): Promise<{ code: number | undefined; out: string; err: string }> {
    const [program = '', ...args] = [...enter, root, ...line.split(' ')];
    const result = await execa(program, args, { reject: false });
    return { code: result.exitCode, out: result.stdout, err: result.stderr };
  }

  it.each([
    [
      '/sbin/mount -t p9fs -o version=9p2000.L vol0 /mnt',
      1,
      'mount option <version> is unknown: Invalid argument',
    ],
    ['/sbin/mount -t p9fs vol0 /mnt', 1, 'mount: vol0: Invalid argument'],
    ['/sbin/mount -t p9fs vol0 /missing', 1, 'No such file or directory'],
    ['/sbin/mount -t 9p vol0 /mnt', 1, 'Operation not supported by device'],
    ['/sbin/mount -t 9p -o trans=virtio vol0 /mnt -o version=9p2000.L', 1, 'usage: mount'],
    ['/sbin/mount --bind /a /b', 1, 'usage: mount'],
    ['/sbin/umount /mnt', 1, 'not a file system root directory'],
    ['/sbin/kldload -f virtio_p9fs', 1, 'usage: kldload'],
    ['/sbin/kldload 9pnet_virtio', 1, "can't load 9pnet_virtio: No such file or directory"],
    ['/sbin/sysctl net.ipv4.ip_forward', 1, "unknown oid 'net.ipv4.ip_forward'"],
    ['/bin/stty -F /dev/null raw', 70, 'not in the stand-in'],
    ['/bin/stty -f /dev/null nonsense', 1, 'illegal option'],
    ['/usr/sbin/service nonsense start', 1, 'does not exist in /etc/rc.d'],
    ['/usr/sbin/certctl update', 1, 'usage: certctl'],
    ['/sbin/zfs list -H -o name /', 1, 'not a ZFS filesystem'],
    ['/usr/sbin/pw useradd -rf', 64, 'usage: pw'],
    ['/usr/sbin/pw useradd a/b', 65, 'invalid character'],
    ['/usr/sbin/pw useradd root', 65, "login name `root' already exists"],
    ['/usr/sbin/pw useradd x -u 22', 65, "uid `22' has already been allocated"],
    ['/usr/sbin/pw useradd x -g sudo', 67, "group `sudo' is not defined"],
    ['/usr/sbin/pw useradd x -G wheel,sudo', 67, "group `sudo' does not exist"],
    ['/usr/sbin/pw useradd x -s /bin/bash', 70, 'no such shell'],
    ['/usr/sbin/pw usershow nobody2', 67, "no such user `nobody2'"],
    ['/usr/sbin/pw groupshow sudo', 65, "unknown group `sudo'"],
    ['/usr/sbin/pw groupmod wheel -m ghost', 67, "user `ghost' does not exist"],
    ['/usr/sbin/pw userdel root', 65, "cannot remove user 'root'"],
  ])('%s', async (line, code, words) => {
    const result = await run(line);
    expect(result.err).toContain(words);
    expect(result.code).toBe(code);
  });

  it('pw makes, changes and removes an account as FreeBSD does', async () => {
    expect(await run('/usr/sbin/pw groupadd podman')).toMatchObject({ code: 0 });
    expect(await run('/usr/sbin/pw useradd core -u 1777 -G wheel,podman -s /bin/sh -m -h -')).toMatchObject({
      code: 0,
    });
    expect((await run('/usr/sbin/pw usershow core')).out).toBe(
      'core:*:1777:1777::0:0:User &:/home/core:/bin/sh',
    );
    expect((await run('/usr/bin/id core')).out).toBe(
      'uid=1777(core) gid=1777(core) groups=1777(core),0(wheel),1001(podman)',
    );
    expect(await run('/usr/sbin/pw usermod core -u 1500 -l dev -d /home/dev')).toMatchObject({ code: 0 });
    expect((await run('/usr/sbin/pw usershow dev')).out).toContain('dev:*:1500:1777:');
    expect(await run('/usr/sbin/pw userdel dev')).toMatchObject({ code: 0 });
    expect(await readFile(join(root, 'etc/passwd'), 'utf8')).not.toContain('dev:');
  });

  it('rcorder keeps the order, and takes a comma as part of a name', async () => {
    const order = await run('/sbin/rcorder /etc/rc.d/sshd /etc/rc.d/LOGIN /etc/rc.d/DAEMON /etc/rc.d/netif');
    expect(order.out.split('\n')).toEqual([
      '/etc/rc.d/netif',
      '/etc/rc.d/DAEMON',
      '/etc/rc.d/LOGIN',
      '/etc/rc.d/sshd',
    ]);
    expect(order.err).toContain('`FILESYSTEMS');
    await writeFile(join(root, 'etc/rc.d/wrong'), '# PROVIDE: wrong\n# REQUIRE: DAEMON, netif\n');
    expect((await run('/sbin/rcorder /etc/rc.d/wrong /etc/rc.d/DAEMON')).err).toContain('`DAEMON,');
  });
});
