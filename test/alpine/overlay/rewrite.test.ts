import { mkdir, readFile, symlink, link, writeFile, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { addedText, additionFrom } from '../../../src/alpine/overlay/addition.ts';
import { inMemory } from '../../../src/alpine/overlay/archive.ts';
import { planAddition, planRemoval } from '../../../src/alpine/overlay/edit.ts';
import { editOverlay } from '../../../src/alpine/overlay/file.ts';
import { packed, type OverlayPlan } from '../../../src/alpine/overlay/rewrite.ts';
import { effective, scanOverlay, type OverlayMember } from '../../../src/alpine/overlay/scan.ts';
import { missing } from '../../support/programs.ts';
import { scratch } from '../support/fixture.ts';

/** Numbers that look random and are the same in each run (mulberry32). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

/** A tree with everything that is ordinary in an overlay: long and foreign names, links, FIFOs, odd sizes and times. */
async function makeTree(seed: number): Promise<string> {
  const next = random(seed);
  const folder = scratch();
  let place = join(folder, 'etc');
  await mkdir(place);
  for (let count = 0; count < 12; count++) {
    const name = `${'n'.repeat(1 + next(90))}${count}`;
    if (next(4) === 0) await mkdir((place = join(place, name)));
    const file = join(place, `f${name}`);
    await writeFile(file, Buffer.alloc(next(3000), next(256)), { mode: [0o644, 0o600, 0o755][next(3)] ?? 0 });
    await utimes(file, next(2 ** 31), next(2 ** 31) + next(1000) / 1000);
    if (next(3) === 0) await symlink('t'.repeat(1 + next(180)), join(place, `l${name}`));
    if (next(3) === 0) await link(file, join(place, `h${name}`));
  }
  await writeFile(Buffer.concat([Buffer.from(`${folder}/etc/caf`), Buffer.from([0xe9])]), 'latin1\n');
  await writeFile(join(folder, 'etc/motd'), 'hello\n');
  await execa('mkfifo', [join(folder, 'etc/fifo')]);
  return folder;
}

const OWNERS = ['--owner=alice:1234', '--group=shadow:42'];
const BSD_OWNERS = ['--uid=1234', '--uname=alice', '--gid=42', '--gname=shadow'];
/** Programs that write archives to their standard output. */
const WRITERS: Readonly<Record<string, readonly [string, ...string[]]>> = {
  'GNU tar, gnu': ['tar', '-c', '--format=gnu', ...OWNERS, 'etc'],
  'GNU tar, oldgnu': ['tar', '-c', '--format=oldgnu', ...OWNERS, 'etc'],
  'GNU tar, pax': ['tar', '-c', '--format=posix', '--pax-option=comment=x', ...OWNERS, 'etc'],
  'GNU tar, ustar': ['tar', '-c', '--format=ustar', '--exclude=n*', '--exclude=l*', '--exclude=h*', 'etc'],
  'GNU tar, v7': ['tar', '-c', '--format=v7', '--exclude=n*', '--exclude=l*', '--exclude=h*', 'etc'],
  busybox: ['busybox', 'tar', '-c', '-f', '-', 'etc'],
  cpio: ['sh', '-c', 'find etc ! -path "*nnnn*" | cpio -o -H ustar'],
  bsdtar: ['bsdtar', '-c', '-f', '-', ...BSD_OWNERS, 'etc'],
  'bsdtar, pax': ['bsdtar', '-c', '-f', '-', '--format=pax', ...BSD_OWNERS, 'etc'],
  // lbu(8) gives busybox each file that `apk audit --backup` lists; Debian's busybox takes no list.
  lbu: ['sh', '-c', 'find etc -print0 | xargs -0 busybox tar -c --no-recursion -f -'],
};

async function archiveOf(
  folder: string,
  [program, ...args]: readonly [string, ...string[]],
): Promise<Buffer> {
  const options = { cwd: folder, encoding: 'buffer', maxBuffer: 1 << 26, reject: false } as const;
  return Buffer.from((await execa(program, args, options)).stdout);
}

async function edited(
  tar: Buffer,
  plan: (members: readonly OverlayMember[]) => OverlayPlan,
): Promise<Buffer> {
  const archive = inMemory(gzipSync(tar), 'test');
  return gunzipSync(await packed(archive, plan(await scanOverlay(archive))));
}

/** The bytes that `long` has and `short` has not, when these are one piece; undefined otherwise. */
function insertion(long: Buffer, short: Buffer): Buffer | undefined {
  const count = long.length - short.length;
  const same = long.findIndex((byte, index) => byte !== short[index]);
  for (let start = same === -1 ? short.length : same; start >= 0 && start >= same - 512; start--)
    if (long.subarray(start + count).equals(short.subarray(start)))
      return long.subarray(start, start + count);
  return undefined;
}

const listed = async (tar: Buffer): Promise<string[]> => {
  const { stdout } = await execa('tar', ['-tv', '--quoting-style=escape'], {
    input: tar,
    env: { TZ: 'UTC' },
  });
  return stdout.split('\n');
};

describe.each(Object.entries(WRITERS))('an overlay that %s has written', (name, argv) => {
  const reason = missing(argv[0] === 'sh' ? (name === 'lbu' ? 'busybox' : name) : argv[0]);
  beforeEach(({ skip }) => skip(reason !== undefined, reason));

  it.each([1, 2, 3])('keeps every other member byte for byte when one is added (tree %i)', async (seed) => {
    const before = await archiveOf(await makeTree(seed), argv);
    const after = await edited(before, (members) => planAddition(members, addedText('etc/new', 'new\n')));
    expect(insertion(after, before)?.length).toBe(1024);
    expect(await listed(after)).toEqual([
      ...(await listed(before)),
      '-rw-r--r-- root/root         4 1980-01-01 00:00 etc/new',
    ]);
  });

  it('keeps every other member byte for byte when one is removed or replaced', async () => {
    const before = await archiveOf(await makeTree(4), argv);
    const without = await edited(before, (members) => planRemoval(members, '/etc/motd'.slice(1), 'test'));
    const gone = insertion(before, without);
    expect(gone?.length).toBeGreaterThanOrEqual(1024);
    const lines = await listed(before);
    expect(await listed(without)).toEqual(lines.filter((line) => !line.endsWith(' etc/motd')));
    const after = await edited(before, (members) => planAddition(members, addedText('etc/motd', 'bye!!\n')));
    // In the same place, with the owner and the permissions of what was there.
    const [motd = ''] = lines.filter((line) => line.endsWith(' etc/motd'));
    const stripped = (line: string): string => line.replace(/ \d{4}-\d\d-\d\d \d\d:\d\d /, ' ');
    expect((await listed(after)).map(stripped)).toEqual(lines.map(stripped));
    expect((await listed(after)).find((line) => line.endsWith(' etc/motd'))).toBe(
      motd.replace(/\d{4}-\d\d-\d\d \d\d:\d\d/, '1980-01-01 00:00'),
    );
  });
});

describe('editing an overlay', () => {
  it('writes names and links of any length that tar and busybox read', async () => {
    const folder = scratch();
    const target = `/usr/share/${'s'.repeat(200)}`;
    await symlink(target, join(folder, 'link'));
    const path = `etc/${'d'.repeat(150)}/${'e'.repeat(150)}`;
    const addition = await additionFrom(join(folder, 'link'), path);
    const before = await archiveOf(await makeTree(5), ['tar', '-c', 'etc']);
    const after = await edited(before, (members) => planAddition(members, addition));
    for (const argv of [
      ['tar', '-tvf', '-'],
      ['busybox', 'tar', '-tvf', '-'],
    ] as const) {
      const { stdout } = await execa(argv[0], argv.slice(1), { input: after });
      expect(stdout.split('\n').at(-1)).toMatch(new RegExp(`${path} -> ${target}$`));
      expect(stdout).toContain(`etc/${'d'.repeat(150)}/\n`);
    }
  });

  it('refuses to take the content away from under another name', async () => {
    const folder = scratch();
    await mkdir(join(folder, 'etc'));
    await writeFile(join(folder, 'etc/a'), 'same\n');
    await link(join(folder, 'etc/a'), join(folder, 'etc/b'));
    const before = await archiveOf(folder, ['tar', '-c', 'etc/a', 'etc/b']);
    const remove = (path: string) => edited(before, (members) => planRemoval(members, path, 'test'));
    await expect(remove('etc/a')).rejects.toThrow('/etc/b is a hard link to /etc/a');
    expect(await listed(await remove('etc/b'))).toHaveLength(1);
    await expect(
      edited(before, (members) => planAddition(members, addedText('etc/a', 'other'))),
    ).rejects.toThrow('hard link');
  });

  it('of several at once lets each wait for the others, and loses none', async () => {
    const folder = scratch();
    const file = join(folder, 'x.apkovl.tar.gz');
    await writeFile(file, gzipSync(await archiveOf(await makeTree(6), ['tar', '-c', 'etc'])), {
      mode: 0o640,
    });
    const names = ['one', 'two', 'three', 'four'];
    await Promise.all(
      names.map((name) =>
        editOverlay(file, {}, ({ members }) => planAddition(members, addedText(`etc/${name}`, name))),
      ),
    );
    const members = await scanOverlay(inMemory(await readFile(file), 'x'));
    for (const name of names) expect(members.map(({ path }) => path)).toContain(`etc/${name}`);
    const { stdout } = await execa('ls', ['-l', folder]);
    // Neither locks nor halves are left, and the permissions are the file's own.
    expect(stdout.split('\n').slice(1)).toEqual([expect.stringMatching(/^-rw-r-----.* x\.apkovl\.tar\.gz$/)]);
  });

  it('leaves a file that it cannot read, and its folder, as they are', async () => {
    const folder = scratch();
    const file = join(folder, 'x.apkovl.tar.gz');
    const cut = gzipSync(await archiveOf(await makeTree(7), ['tar', '-c', 'etc'])).subarray(0, 900);
    await writeFile(file, cut);
    await expect(
      editOverlay(file, {}, ({ members }) => planAddition(members, addedText('etc/new', ''))),
    ).rejects.toThrow('damaged or cut short');
    expect((await readFile(file)).equals(cut)).toBe(true);
    expect((await execa('ls', ['-A', folder])).stdout).toBe('x.apkovl.tar.gz');
  });

  it('gives the last of several members of the same name', async () => {
    const folder = scratch();
    await mkdir(join(folder, 'etc'));
    for (const text of ['first', 'second!'])
      await execa('sh', ['-c', `echo ${text} > etc/x && tar -rf x.tar etc/x`], { cwd: folder });
    const members = await scanOverlay(inMemory(gzipSync(await readFile(join(folder, 'x.tar'))), 'x'));
    expect(effective(members)).toMatchObject([{ path: 'etc/x', size: 8 }]);
  });
});
