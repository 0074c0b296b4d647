import { gzipSync } from 'node:zlib';
import { Header, type types } from 'tar';
import { describe, expect, it } from 'vitest';
import { formatProblem, type CheckOptions } from '../../../src/alpine/overlay/check.ts';
import { importOverlay } from '../../../src/alpine/overlay/import.ts';
import { packOverlay } from '../../../src/alpine/overlay/pack.ts';
import { repairOverlay } from '../../../src/alpine/overlay/repair.ts';
import { ExitCode } from '../../../src/ground/errors.ts';

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
];

async function problems(extra: readonly Member[], options: CheckOptions = {}): Promise<string[]> {
  const { problems } = await importOverlay(gzipSync(tar([...good, ...extra])), 'test', options);
  return problems.map(({ severity, path, problem }) => `${severity} ${path}: ${problem}`);
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
    ['devices', { name: 'etc/null', type: 'CharacterDevice' }, /^warning etc\/null: is neither file/],
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
    const { problems } = await importOverlay(
      gzipSync(tar([...good, { name: 'etc/\u001b[2J\u009b._x', uid: 5 }])),
      't',
    );
    const text = problems.map(formatProblem).join('\n');
    expect(text).toContain('etc/\\x1b[2J');
    expect(/[\x1b\x9b]/.test(text)).toBe(false);
  });

  it('misses what a guest needs', async () => {
    const { problems } = await importOverlay(gzipSync(tar([{ name: 'etc/' }])), 'test');
    expect(problems.map(({ path }) => path)).toEqual(['etc/apk/world', 'etc/ssh/ssh_host_ed25519_key']);
  });
});

describe('importOverlay', () => {
  it('puts names and owners right, so that the overlay can be written again', async () => {
    const broken = gzipSync(
      tar([...good, { name: './etc/motd', uid: 1000, uname: 'me', content: 'hello\n' }]),
    );
    const { entries } = await importOverlay(broken, 'test');
    const again = await importOverlay(packOverlay(entries), 'test');
    expect(again.problems).toEqual([]);
    const motd = again.entries.find((entry) => entry.path === 'etc/motd');
    expect(motd?.type === 'file' && Buffer.from(motd.content).toString()).toBe('hello\n');
  });

  it('keeps hard links as files of their own', async () => {
    const archive = gzipSync(
      tar([
        ...good,
        { name: 'etc/first', mode: 0o600, content: 'same\n' },
        { name: 'etc/second', type: 'Link', target: 'etc/first' },
      ]),
    );
    const { entries, problems } = await importOverlay(archive, 'test');
    expect(problems).toEqual([]);
    const second = entries.find((entry) => entry.path === 'etc/second');
    expect(second).toMatchObject({ type: 'file', mode: 0o600 });
    expect(second?.type === 'file' && Buffer.from(second.content).toString()).toBe('same\n');
  });

  it('reads several gzip members, as gzip itself does', async () => {
    const whole = tar(good);
    const archive = Buffer.concat([gzipSync(whole.subarray(0, 700)), gzipSync(whole.subarray(700))]);
    expect((await importOverlay(archive, 'test')).entries.map(({ path }) => path)).toContain('etc/apk/world');
  });

  it.each([
    ['a truncated archive', gzipSync(tar(good)).subarray(0, 150), /damaged or cut short/],
    ['an encrypted one', Buffer.from('Salted__12345678'), /is encrypted/],
    ['something that is not gzip', Buffer.from('PK\x03\x04'), /is not a gzip file/],
    ['gzip of something else', gzipSync(Buffer.from('hello')), /is damaged|holds no files|is not a tar/],
    ['nothing', gzipSync(Buffer.alloc(1024)), /is damaged|holds no files|is not a tar/],
    ['a bomb', gzipSync(Buffer.alloc(300 * 1024 * 1024)), /damaged or cut short/],
  ])('refuses %s', async (_, archive, problem) => {
    const result = importOverlay(archive, 'docker.apkovl.tar.gz');
    await expect(result).rejects.toThrow(problem);
    await expect(result).rejects.toMatchObject({ exitCode: ExitCode.data });
  });
});

describe('repairOverlay', () => {
  it('takes out leftovers and closes what is too open, and leaves the rest alone', async () => {
    const archive = gzipSync(
      tar([
        ...good,
        { name: 'etc/._motd' },
        { name: 'var/tmp/x' },
        { name: 'etc/conf.d/', mode: 0o777 },
        { name: 'etc/private/', mode: 0o000 },
        { name: 'etc/ssh/ssh_host_rsa_key', mode: 0o644 },
        { name: 'etc/motd', mode: 0o640, uid: 1000, uname: 'me' },
        { name: 'etc/apk/cache', type: 'SymbolicLink', target: '/media/apkovl/cache', mode: 0o777 },
      ]),
    );
    const options = { readonlyDisk: true };
    const { entries } = await importOverlay(archive, 'test', options);
    const repaired = packOverlay(repairOverlay(entries, options));
    const again = await importOverlay(repaired, 'test', options);
    expect(again.problems).toEqual([]);
    const modes = Object.fromEntries(
      again.entries.map((entry) => [entry.path, entry.type === 'symlink' ? 0 : entry.mode]),
    );
    expect(modes).toMatchObject({ 'etc/conf.d': 0o775, 'etc/private': 0o700, 'etc/motd': 0o640 });
    expect(modes['etc/apk/cache']).toBeUndefined();
    expect(repairOverlay(entries).some(({ path }) => path === 'etc/apk/cache')).toBe(true);
  });
});
