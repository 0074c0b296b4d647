import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../../src/ground/errors.ts';
import { Builder } from '../../support/builder.ts';

describe('preflight', () => {
  it.each([
    ['another system', { system: 'Linux' }, ExitCode.host, 'runs Linux', '--host ssh://'],
    ['another user than root', { uid: 1001 }, ExitCode.host, 'user id 1001', 'sudo or doas'],
    [
      'no Poudriere',
      { poudriere: 'missing' },
      ExitCode.host,
      'Poudriere is not installed',
      'pkg install poudriere',
    ],
    ['an old Poudriere', { poudriere: '3.3.7' }, ExitCode.host, '3.3.7 is too old', 'pkg upgrade poudriere'],
    ['another processor', { processor: 'aarch64' }, ExitCode.host, 'is aarch64', '[build] architecture'],
    [
      'an old kernel',
      { osreldate: 1404000 },
      ExitCode.host,
      '(1404000) is older than 15.1-RELEASE',
      'upgrade',
    ],
    ['a missing pool', { pools: ['tank'] }, ExitCode.host, 'no ZFS pool zroot', '[build] pool'],
    ['no pool at all', { pools: [] }, ExitCode.host, 'there is none', '[build] pool'],
    [
      'a dataset of somebody else',
      {
        datasets: [
          { name: 'zroot/podbsd', mountpoint: 'none', source: 'local' },
          { name: 'zroot/podbsd/home', mountpoint: '/home/precious', source: 'local' },
        ],
      },
      ExitCode.host,
      'mounted at /home/precious',
      '[build] dataset',
    ],
    [
      'a dataset of somebody else that inherited its place',
      { datasets: [{ name: 'zroot/podbsd', mountpoint: '/zroot/podbsd', source: 'inherited from zroot' }] },
      ExitCode.host,
      'mounted at /zroot/podbsd',
      '[build] dataset',
    ],
    ['a full disk', { freeKib: 1024 * 1024 }, ExitCode.diskFull, '1.0 GiB free', 'free space'],
    [
      'a full pool that is not where the build directory is',
      { poolFreeKib: 1024 * 1024 },
      ExitCode.diskFull,
      'the ZFS pool zroot has 1.0 GiB free',
      'free space',
    ],
    ['a wrong clock', { clock: 1_600_000_000 }, ExitCode.host, 'shows 2020-09-13', 'set the clock'],
    ['a read-only folder', { readonly: 'yes' }, ExitCode.host, 'cannot be written', '[build] directory'],
  ] as const)(
    'refuses %s in its own words and touches nothing',
    async (_what, settings, code, problem, remedy) => {
      const builder = await Builder.make('', settings, false);
      const { exitCode, stderr } = await builder.run('build-image');
      expect(stderr).toContain(problem);
      expect(stderr.split('next:')[1]).toContain(remedy);
      expect(exitCode).toBe(code);
      expect(existsSync(builder.directory)).toBe(false);
    },
  );

  it('names all that is in the way at once', async () => {
    const settings = {
      uid: 1001,
      poudriere: 'missing',
      pools: ['tank'],
      clock: 1_600_000_000,
      readonly: 'yes',
    };
    const builder = await Builder.make('', settings, false);
    await builder.write('work/file', '');
    const { exitCode, stderr } = await builder.run('build-image', '--out', 'file');
    expect(stderr.match(/^error:/gm)).toHaveLength(1);
    for (const problem of [
      'this is user id 1001',
      'Poudriere is not installed',
      'no ZFS pool zroot',
      'shows 2020-09-13',
      'cannot be written',
      'file is a file, and a folder is needed',
    ])
      expect(stderr).toContain(problem);
    expect(exitCode).toBe(ExitCode.host);
    expect(existsSync(builder.directory)).toBe(false);
  });

  it('is all that --until preflight does', async () => {
    const builder = await Builder.make('', {}, false);
    const { stderr } = await builder.succeed('build-image', '--until', 'preflight');
    expect(stderr).toContain('preflight: done');
    expect(existsSync(builder.directory)).toBe(false);
    await builder.set({ uid: 1001 });
    expect((await builder.run('build-image', '--until', 'preflight')).exitCode).toBe(ExitCode.host);
  });

  it('refuses a folder that holds what it did not make', async () => {
    const builder = await Builder.make('', {}, false);
    await builder.write('build/src/precious.c', 'int main(void);\n');
    const { exitCode, stderr } = await builder.run('build-image');
    expect(stderr).toContain('holds src, which podbsd did not put there');
    expect(exitCode).toBe(ExitCode.host);
  });

  it('takes a folder where podbsd was killed before its journal was whole', async () => {
    const builder = await Builder.make('', {}, false);
    await builder.write('build/journal.json.0123456789ab.tmp', '{');
    await builder.write('build/lock.0123456789abcdef/owner.json', '{');
    await builder.succeed('build-image', '--until', 'preflight');
  });

  it('refuses 3.4 for a pool that the guest could not read, and names poudriere-devel', async () => {
    const builder = await Builder.make('release = "14.4-RELEASE"\n', {}, false);
    const { exitCode, stderr } = await builder.run('build-image');
    expect(stderr).toContain('poudriere-devel');
    expect(exitCode).toBe(ExitCode.host);
  });
});
