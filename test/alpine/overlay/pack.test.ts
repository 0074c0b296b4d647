import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { execa } from 'execa';
import { Header } from 'tar';
import { describe, expect, it } from 'vitest';
import { composeOverlay } from '../../../src/alpine/overlay/compose.ts';
import { directory, file, link, type OverlayEntry } from '../../../src/alpine/overlay/entry.ts';
import { packOverlay } from '../../../src/alpine/overlay/pack.ts';
import { alpineConfig, scratch } from '../support/fixture.ts';
import { judge } from '../support/overlay.ts';

const key = { privateKey: 'PRIVATE\n', publicKey: 'ssh-ed25519 AAAA root@docker' };

async function composed(keys: object = {}): Promise<OverlayEntry[]> {
  return await composeOverlay({
    config: alpineConfig(keys),
    hostname: 'docker',
    branch: 'v3.24',
    hostKey: key,
    authorizedKeys: ['ssh-ed25519 AAAA me'],
  });
}

/** Every header of an archive, read block by block: nothing may be smoothed over by a tar library. */
function headers(archive: Buffer): Header[] {
  const tar = gunzipSync(archive);
  const found: Header[] = [];
  for (let offset = 0; offset < tar.length;) {
    const header = new Header(tar, offset);
    if (header.nullBlock) break;
    found.push(header);
    offset += 512 + Math.ceil((header.size ?? 0) / 512) * 512;
  }
  return found;
}

describe('packOverlay', () => {
  it('writes plain ustar with the names, owners and order that apk and the initramfs want', async () => {
    const archive = packOverlay(await composed());
    const all = headers(archive);
    expect(all.length).toBeGreaterThan(40);
    for (const header of all) {
      expect(header.cksumValid).toBe(true);
      expect(['File', 'Directory', 'SymbolicLink']).toContain(header.type);
      expect([header.uid, header.gid, header.uname, header.gname]).toEqual([0, 0, 'root', 'root']);
      expect(header.path).toMatch(/^[^./][^\0]*\//);
      expect(header.path?.endsWith('/')).toBe(header.type === 'Directory');
    }
    const names = all.map((header) => header.path ?? '');
    expect(new Set(names).size).toBe(names.length);
    for (const [index, name] of names.entries()) {
      const parent = name.replace(/\/$/, '').split('/').slice(0, -1).join('/');
      if (parent !== '') expect(names.slice(0, index)).toContain(`${parent}/`);
    }
    expect(gunzipSync(archive).length % 512).toBe(0);
  });

  it('gives directories, keys and scripts their modes', async () => {
    const modes = new Map(headers(packOverlay(await composed())).map((header) => [header.path, header.mode]));
    expect(Object.fromEntries([...modes].filter(([path]) => path?.includes('ssh') ?? false))).toMatchObject({
      'etc/ssh/': 0o755,
      'etc/ssh/ssh_host_ed25519_key': 0o600,
      'etc/ssh/ssh_host_ed25519_key.pub': 0o644,
      'etc/ssh/authorized_keys/root': 0o600,
      'etc/ssh/sshd_config': 0o600,
    });
    expect(modes.get('etc/')).toBe(0o755);
    expect(modes.get('etc/local.d/10-podbsd-root.start')).toBe(0o755);
    expect(modes.get('etc/init.d/podbsd-data')).toBe(0o755);
    const withHome = headers(packOverlay([file('root/.ssh/authorized_keys', 'x', 0o600)]));
    expect(withHome.map((header) => [header.path, header.mode])).toEqual([
      ['root/', 0o700],
      ['root/.ssh/', 0o700],
      ['root/.ssh/authorized_keys', 0o600],
    ]);
  });

  it('is judged faultless by the checks for imported overlays', async () => {
    expect(await judge(packOverlay(await composed()))).toEqual([]);
    const readonly = packOverlay(await composed({ overlay_readonly: true }));
    expect(await judge(readonly, { readonlyDisk: true })).toEqual([]);
  });

  it('lists with busybox tar as apk reads it: a slash in every line', async () => {
    const archive = packOverlay(await composed());
    const { stdout } = await execa('busybox', ['tar', '-ztvf', '-'], { input: archive });
    const lines = stdout.split('\n');
    expect(lines.length).toBeGreaterThan(40);
    for (const line of lines) expect(line).toMatch(/ root\/root .* etc\//);
  });

  it('is the same for the same entries in any order', async () => {
    const entries = await composed();
    expect(packOverlay([...entries].reverse()).equals(packOverlay(entries))).toBe(true);
  });

  it('puts long names into the prefix of ustar and refuses what does not fit', () => {
    const long = `etc/${'a'.repeat(60)}/${'b'.repeat(60)}/c`;
    expect(headers(packOverlay([file(long, '')])).at(-1)?.path).toBe(long);
    expect(() => packOverlay([file(`etc/${'a'.repeat(101)}`, '')])).toThrow(
      /does not fit into a ustar archive/,
    );
    expect(() => packOverlay([link('etc/x', 'y'.repeat(101))])).toThrow(/does not fit/);
  });

  it.each(['tar', 'busybox'])('writes long and foreign names that %s reads back', async (program) => {
    const deep = `etc/${'d'.repeat(60)}/${'e'.repeat(60)}`;
    const entries = [
      directory(deep),
      directory(`etc/${'f'.repeat(95)}`),
      file(`${deep}/${'n'.repeat(100)}`, ''),
      file(`etc/${'m'.repeat(96)}`, ''),
      file('etc/ssl/certs/Főtanúsítvány.pem', ''),
      link('etc/ü', 'Főtanúsítvány.pem'),
    ];
    const args = [...(program === 'tar' ? [] : ['tar']), '-tzf', '-'];
    const env = { LC_ALL: 'C.UTF-8', TAR_OPTIONS: '--quoting-style=literal' };
    const { stdout } = await execa(program, args, { input: packOverlay(entries), env });
    const names = stdout.split('\n');
    for (const { type, path } of entries) expect(names).toContain(type === 'directory' ? `${path}/` : path);
  });

  it('is unpacked by GNU tar to what was put in', async () => {
    const folder = scratch();
    const content = Buffer.from([0, 1, 2, 255]);
    const archive = packOverlay([
      directory('etc/empty', 0o750),
      file('etc/bytes', content),
      link('etc/link', 'bytes'),
    ]);
    await execa('tar', ['-xzf', '-', '-C', folder], { input: archive });
    const { stdout } = await execa('find', ['.', '-printf', '%P %m %l\n'], { cwd: folder });
    expect(stdout.split('\n').slice(1).sort()).toEqual([
      'etc 755 ',
      'etc/bytes 644 ',
      'etc/empty 750 ',
      'etc/link 777 bytes',
    ]);
    const { stdout: hex } = await execa('od', ['-An', '-tx1', 'etc/bytes'], { cwd: folder });
    expect(hex.trim()).toBe('00 01 02 ff');
  });
});

describe('composeOverlay', () => {
  const text = (entries: readonly OverlayEntry[], path: string): string | undefined => {
    const found = entries.find((entry) => entry.path === path);
    if (found?.type === 'symlink') return `-> ${found.target}`;
    return found?.type === 'file' ? Buffer.from(found.content).toString() : undefined;
  };

  it('asks for the network by DHCP or with fixed addresses', async () => {
    expect(text(await composed(), 'etc/network/interfaces')).toContain(
      'iface eth0 inet dhcp\n\thostname docker\n',
    );
    const fixed = await composed({
      network: { address: '192.0.2.10/24', gateway: '192.0.2.1', dns: ['192.0.2.53'], search: 'example.org' },
    });
    expect(text(fixed, 'etc/network/interfaces')).toContain(
      'iface eth0 inet static\n\taddress 192.0.2.10/24\n\tgateway 192.0.2.1\n',
    );
    expect(text(fixed, 'etc/resolv.conf')).toBe('search example.org\nnameserver 192.0.2.53\n');
  });

  it('names packages and repositories of the branch, the boot medium first', async () => {
    const entries = await composed({ engine: 'docker', packages: ['htop', 'tzdata'] });
    expect(text(entries, 'etc/apk/world')).toBe(
      'alpine-base\nchrony\ndocker\ndocker-cli\ne2fsprogs\nhtop\nopenssh\ntzdata\n',
    );
    expect(text(entries, 'etc/apk/repositories')).toBe(
      '/media/cdrom/apks\nhttps://dl-cdn.alpinelinux.org/alpine/v3.24/main\nhttps://dl-cdn.alpinelinux.org/alpine/v3.24/community\n',
    );
  });

  it('links the cache only when the disk can be written', async () => {
    expect(text(await composed(), 'etc/apk/cache')).toBe('-> /media/apkovl/cache');
    expect(text(await composed(), 'etc/fstab')).toContain('LABEL=APKOVL /media/apkovl vfat rw,noatime 0 0\n');
    const readonly = await composed({ overlay_readonly: true });
    expect(text(readonly, 'etc/apk/cache')).toBeUndefined();
    expect(text(readonly, 'etc/fstab')).toContain('LABEL=APKOVL /media/apkovl vfat ro,noatime 0 0\n');
    expect(text(readonly, 'etc/fstab')).toContain('/dev/cdrom /media/cdrom iso9660 noauto,ro 0 0\n');
  });

  it('hands over shares, data disk and engine as data', async () => {
    const entries = await composed({
      shares: [
        { tag: 'src', source: '/usr/src', target: '/srv/src', readonly: true },
        { tag: 'data', source: '/tank/data', target: '/srv/data' },
      ],
    });
    expect(text(entries, 'etc/podbsd/shares')).toBe('data\t/srv/data\trw\nsrc\t/srv/src\tro\n');
    expect(text(entries, 'etc/runlevels/boot/podbsd-shares')).toBe('-> /etc/init.d/podbsd-shares');
    expect(text(entries, 'etc/podbsd/data-disk')).toBe('/var/lib/containers\n');
    expect(text(entries, 'etc/podbsd/engine')).toBe('podman\n');
    expect(entries.some((entry) => entry.path.startsWith('srv'))).toBe(false);
    const nested = await composed({
      shares: [
        { tag: 'in', source: '/b', target: '/srv/a/b' },
        { tag: 'out', source: '/a', target: '/srv/a' },
      ],
    });
    expect(text(nested, 'etc/podbsd/shares')).toBe('out\t/srv/a\trw\nin\t/srv/a/b\trw\n');
    const bare = await composed({ data_disk: 'none', engine: 'none' });
    for (const path of ['etc/podbsd/shares', 'etc/podbsd/data-disk', 'etc/runlevels/boot/podbsd-data'])
      expect(text(bare, path)).toBeUndefined();
  });

  it('writes proxies that sh reads back unchanged', async () => {
    const http = 'http://user:p%27ss@proxy.example.org:3128/';
    const entries = await composed({ proxy: { http, none: 'localhost,*.example.org' } });
    const script = text(entries, 'etc/podbsd/proxy') ?? '';
    const path = join(scratch(), 'proxy');
    await writeFile(path, script);
    const print = '. "$0"; printenv http_proxy HTTP_PROXY no_proxy';
    const { stdout } = await execa('busybox', ['sh', '-c', print, path]);
    expect(stdout.split('\n')).toEqual([http, http, 'localhost,*.example.org']);
    expect(text(entries, 'etc/profile.d/podbsd-proxy.sh')).toBe('-> /etc/podbsd/proxy');
    expect(text(await composed(), 'etc/podbsd/proxy')).toBeUndefined();
  });

  it('ships only scripts that a POSIX shell can parse', async () => {
    const scripts = (await composed({ shares: [{ tag: 'a', source: '/a', target: '/srv/a' }] })).filter(
      (entry) => entry.type === 'file' && (entry.mode & 0o100) !== 0,
    );
    expect(scripts.length).toBeGreaterThanOrEqual(7);
    for (const script of scripts) {
      const source = text([script], script.path) ?? '';
      expect(source).toMatch(/^#!\/(bin\/sh|sbin\/openrc-run)\n/);
      await execa('busybox', ['sh', '-n'], { input: source });
    }
  });
});
