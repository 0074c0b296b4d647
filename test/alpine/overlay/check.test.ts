import { gzipSync } from 'node:zlib';
import { Header, type types } from 'tar';
import { describe, expect, it } from 'vitest';
import { formatProblem, type CheckOptions } from '../../../src/alpine/overlay/problem.ts';
import { inMemory } from '../../../src/alpine/overlay/archive.ts';
import { planRepair } from '../../../src/alpine/overlay/repair.ts';
import { packed } from '../../../src/alpine/overlay/rewrite.ts';
import { scanOverlay } from '../../../src/alpine/overlay/scan.ts';
import { ExitCode } from '../../../src/ground/errors.ts';
import { judge } from '../support/overlay.ts';

interface Member {
  readonly name: string;
  readonly type?: types.EntryTypeName;
  readonly mode?: number;
  readonly uid?: number;
  readonly uname?: string;
  readonly target?: string;
  readonly content?: string;
}

/** A tar as somebody might have made it, with every fault one likes. */
function tar(members: readonly Member[]): Buffer {
  const blocks = members.flatMap(({ name, target, content = '', ...rest }) => {
    const type = rest.type ?? (name.endsWith('/') ? 'Directory' : 'File');
    const header = Buffer.alloc(512);
    new Header({
      path: name,
      type,
      mode: rest.mode ?? (type === 'Directory' ? 0o755 : 0o644),
      uid: rest.uid ?? 0,
      gid: rest.uid ?? 0,
      uname: rest.uname ?? 'root',
      gname: rest.uname ?? 'root',
      size: content.length,
      ...(target === undefined ? {} : { linkpath: target }),
      mtime: new Date(0),
    }).encode(header);
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512);
    body.write(content);
    return [header, body];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

/** What no overlay of a working guest lacks. */
const good: readonly Member[] = [
  { name: 'etc/' },
  { name: 'etc/apk/' },
  { name: 'etc/apk/world', content: 'alpine-base\nopenssh\n' },
  { name: 'etc/ssh/' },
  { name: 'etc/ssh/ssh_host_ed25519_key', mode: 0o600, content: 'KEY' },
  { name: 'etc/.default_boot_services' },
];

async function problems(extra: readonly Member[], options: CheckOptions = {}): Promise<string[]> {
  const found = await judge(gzipSync(tar([...good, ...extra])), options);
  return found.map(({ severity, path, problem }) => `${severity} ${path}: ${problem}`);
}

describe('checkOverlay', () => {
  it('has nothing to say about a good one', async () => {
    expect(await problems([])).toEqual([]);
  });

  it.each<[string, Member, RegExp]>([
    ['names that begin with ./', { name: './etc/motd' }, /^error \.\/etc\/motd: .*packages overwrite files/],
    [
      'directories without a slash',
      { name: 'etc/conf.d', type: 'Directory' },
      /^error etc\/conf\.d: .*must end in "\/"/,
    ],
    ['files in the root', { name: 'motd' }, /^error motd: lies in the root itself/],
    ['absolute names', { name: '/etc/motd' }, /^error \/etc\/motd: the name is absolute/],
    ['names that lead out', { name: 'etc/../../x' }, /^error .*leads out of the root/],
    [
      'keys of somebody else, which sshd refuses',
      { name: 'etc/ssh/authorized_keys/root', uid: 1000, uname: 'bernard' },
      /^error etc\/ssh\/authorized_keys\/root: belongs to bernard, uid 1000: sshd refuses/,
    ],
    [
      'files of somebody else',
      { name: 'etc/motd', uid: 1000, uname: '' },
      /^warning etc\/motd: belongs to uid 1000/,
    ],
    [
      'a host key for all to read',
      { name: 'etc/ssh/ssh_host_rsa_key', mode: 0o644 },
      /^error .*mode 0644.*\(0600\)/,
    ],
    [
      'directories for all to write',
      { name: 'etc/conf.d/', mode: 0o777 },
      /^error etc\/conf\.d: has mode 0777/,
    ],
    [
      'scripts that are not executable',
      { name: 'etc/local.d/x.start', mode: 0o644 },
      /^warning .*OpenRC skips/,
    ],
    ['AppleDouble files', { name: 'etc/._motd' }, /^warning etc\/\._motd: .*AppleDouble/],
    ['temporary files', { name: 'var/tmp/x' }, /^warning var\/tmp\/x: temporary/],
    [
      'a shadow file without root',
      { name: 'etc/shadow', content: 'bin:!::0:::::\n' },
      /^error etc\/shadow: has no line for root/,
    ],
    [
      'an fstab that forgets the boot medium',
      { name: 'etc/fstab', content: '/dev/vda1 /media/vda1 vfat rw 0 0\n' },
      /^warning etc\/fstab: has no line for \/media\/cdrom/,
    ],
    [
      'hard links to nothing',
      { name: 'etc/again', type: 'Link', target: 'etc/gone' },
      /^error etc\/again: is a hard link to etc\/gone/,
    ],
    ['files that are there twice', { name: 'etc/apk/world' }, /^warning etc\/apk\/world: is there twice/],
  ])('finds %s', async (_, member, expected) => {
    const found = await problems([member]);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(expected);
  });

  it('finds a cache link on a read-only disk, and none of it on another', async () => {
    const link: Member = {
      name: 'etc/apk/cache',
      type: 'SymbolicLink',
      target: '/media/apkovl/cache',
      mode: 0o777,
    };
    expect(await problems([link])).toEqual([]);
    expect(await problems([link], { readonlyDisk: true })).toEqual([
      expect.stringMatching(/^error etc\/apk\/cache: .*the guest does not boot/),
    ]);
  });

  it('lets no name command the terminal', async () => {
    const found = await judge(gzipSync(tar([...good, { name: 'etc/\u001b[2J\u009b._x', uid: 5 }])));
    const text = found.map(formatProblem).join('\n');
    expect(text).toContain('etc/\\x1b[2J');
    expect(/[\x1b\x9b]/.test(text)).toBe(false);
  });

  it('misses what a guest needs', async () => {
    const found = await judge(gzipSync(tar([{ name: 'etc/' }])));
    expect(found.map(({ path }) => path)).toEqual([
      'etc/apk/world',
      'etc/ssh/ssh_host_ed25519_key',
      'etc/runlevels',
    ]);
  });

  it('misses boot services that neither a runlevel nor the initramfs starts', async () => {
    const without = good.filter(({ name }) => name !== 'etc/.default_boot_services');
    const link = (service: string): Member => ({
      ...{ name: `etc/runlevels/sysinit/${service}`, type: 'SymbolicLink', mode: 0o777 },
      target: `/etc/init.d/${service}`,
    });
    const all = ['devfs', 'hwdrivers', 'modloop'];
    expect(await judge(gzipSync(tar([...without, ...all.map(link)])))).toEqual([]);
    expect(await judge(gzipSync(tar([...without, link('devfs'), link('sshd')])))).toMatchObject([
      { severity: 'error', problem: expect.stringMatching(/^no runlevel has modloop, hwdrivers,/) as string },
    ]);
  });

  it('has nothing against owners, FIFOs and devices that are ordinary in what lbu writes', async () => {
    expect(
      await problems([
        { name: 'home/alice/', uid: 1000, uname: 'alice' },
        { name: 'etc/fifo', type: 'FIFO' },
        { name: 'etc/null', type: 'CharacterDevice' },
      ]),
    ).toEqual([]);
  });

  it('reads several gzip members, as gzip itself does', async () => {
    const whole = tar(good);
    const archive = Buffer.concat([gzipSync(whole.subarray(0, 700)), gzipSync(whole.subarray(700))]);
    expect(await judge(archive)).toEqual([]);
  });

  it.each([
    ['a truncated archive', gzipSync(tar(good)).subarray(0, 150), /damaged or cut short/],
    ['one that ends inside a file', gzipSync(tar(good).subarray(0, 512 * 4 + 3)), /cut short: it ends/],
    ['an encrypted one', Buffer.from('Salted__12345678'), /is encrypted/],
    ['something that is not gzip', Buffer.from('PK\x03\x04'), /is not a gzip file/],
    ['gzip of something else', gzipSync(Buffer.from('hello'.repeat(200))), /no header of a file at byte 0/],
    ['nothing', gzipSync(Buffer.alloc(1024)), /holds no files/],
  ])('refuses %s', async (_, archive, problem) => {
    const result = judge(archive);
    await expect(result).rejects.toThrow(problem);
    await expect(result).rejects.toMatchObject({ exitCode: ExitCode.data });
  });
});

describe('planRepair', () => {
  const repair = async (members: readonly Member[], options: CheckOptions = {}) => {
    const archive = inMemory(gzipSync(tar(members)), 'test');
    const repaired = await packed(archive, planRepair(await scanOverlay(archive), options));
    return {
      problems: await judge(repaired, options),
      members: await scanOverlay(inMemory(repaired, 'test')),
    };
  };

  it('puts names, owners and modes right, takes out leftovers, and leaves the rest alone', async () => {
    const readonlyDisk = true;
    const { members, problems } = await repair(
      [
        ...good,
        { name: './etc/issue', uid: 1000, uname: 'me', content: 'hello\n' },
        { name: 'etc/._motd' },
        { name: 'var/tmp/x' },
        { name: 'etc/conf.d/', mode: 0o777 },
        { name: 'etc/private/', mode: 0o000 },
        { name: 'etc/ssh/ssh_host_rsa_key', mode: 0o644 },
        { name: 'etc/motd', mode: 0o640, uid: 1000, uname: 'me' },
        { name: 'home/me/x', uid: 1000, uname: 'me' },
        { name: 'etc/apk/cache', type: 'SymbolicLink', target: '/media/apkovl/cache', mode: 0o777 },
      ],
      { readonlyDisk },
    );
    expect(problems).toEqual([]);
    const found = Object.fromEntries(members.map((member) => [member.name, member]));
    expect(found['etc/issue']).toMatchObject({ uid: 0, gid: 0, uname: 'root', gname: 'root', size: 6 });
    expect(found['home/me/x']).toMatchObject({ uid: 1000, uname: 'me' });
    expect(found['etc/conf.d/']?.mode).toBe(0o775);
    expect(found['etc/private/']?.mode).toBe(0o700);
    expect(found['etc/motd']?.mode).toBe(0o640);
    expect(Object.keys(found)).not.toContain('etc/apk/cache');
  });

  it('has the initramfs start what no runlevel starts', async () => {
    const { members, problems } = await repair(good.slice(0, -1));
    expect(members.at(-1)?.name).toBe('etc/.default_boot_services');
    expect(problems).toEqual([]);
  });
});
