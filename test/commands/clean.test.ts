import { existsSync } from 'node:fs';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import type { Kept } from '../../src/doctor/kept/kept.ts';
import { MIB } from '../../src/ground/sizes.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

let home = '';
let cwd = '';

beforeEach(async () => {
  home = await tempDir();
  cwd = join(home, 'work');
  for (const folder of ['work', 'tmp']) await mkdir(join(home, folder));
});

async function podbsd(...args: readonly string[]) {
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: home,
    TMPDIR: join(home, 'tmp'),
    XDG_CACHE_HOME: join(home, 'cache'),
    XDG_DATA_HOME: join(home, 'data'),
    XDG_RUNTIME_DIR: join(home, 'run'),
    NO_COLOR: '1',
  };
  const argv = [await bundledProgram(), ...args];
  return await execa('node', argv, { cwd, env, extendEnv: false, reject: false });
}

/** A file of one mebibyte, whose folders are made. */
async function file(path: string, content: string | Buffer = Buffer.alloc(MIB, 1)): Promise<string> {
  const whole = join(home, path);
  await mkdir(join(whole, '..'), { recursive: true });
  await writeFile(whole, content);
  return whole;
}

/** The journal of a build whose stage `base` was interrupted, and a disk that it has made. */
async function interrupted(directory: string): Promise<void> {
  const entry = { state: 'interrupted', fingerprint: 'x', outputs: {}, started: new Date().toISOString() };
  await file(join(directory, 'journal.json'), JSON.stringify({ version: 1, stages: { boot: entry } }));
  await file(join(directory, 'layers/boot.qcow2'));
}

async function everything(): Promise<string[]> {
  return (await readdir(home, { recursive: true })).sort();
}

/** One thing of each kind, and beside it something that podbsd has not made. */
async function keepAll(): Promise<void> {
  await interrupted('work/.podbsd/bake');
  await interrupted('work/.podbsd/builder');
  await interrupted('data/podbsd/images/.work/bake');
  await file('data/podbsd/images/.making/podbsd.qcow2.part');
  await file('data/podbsd/images/.downloads/FreeBSD-15.1-RELEASE-amd64-BASIC-CLOUDINIT-zfs.qcow2.xz.part');
  await file(`data/podbsd/images/.downloads/modules/${'0a'.repeat(16)}/virtio_p9fs.ko`);
  await file('cache/podbsd/alpine/alpine-virt-3.22.0-x86_64.iso');
  await file('data/podbsd/helpers/qemu-system-x86_64', '');
  await file('.config/containers/containers.conf.d/99-podbsd.conf', '');
  const old = await file('tmp/podbsd-vm-abc123/disk.qcow2');
  const hour = new Date(Date.now() - 2 * 3_600_000);
  await utimes(old, hour, hour);
  await utimes(join(old, '..'), hour, hour);
  for (const folder of ['tmp/podbsd-vm-young1', 'tmp/podbsd-mine']) await file(join(folder, 'precious'), '');
  for (const folder of [
    'data/podbsd/images/.downloads',
    'cache/podbsd/alpine',
    'work',
    'work/.podbsd',
    'data/podbsd/images',
  ])
    await file(join(folder, 'precious.txt'), '');
}

const precious = (names: readonly string[]): string[] => names.filter((name) => /precious/.test(name));

describe('podbsd status', () => {
  it('knows everything that podbsd keeps, with what it takes and how it goes', async () => {
    await keepAll();
    const before = await everything();
    const { stdout, exitCode } = await podbsd('status', '--json');
    expect(exitCode).toBe(0);
    const { builds, kept } = JSON.parse(stdout) as {
      builds: { name: string; state: string }[];
      kept: Kept[];
    };
    expect(builds.map(({ name, state }) => [name, state])).toEqual([
      ['bake', 'interrupted'],
      ['build-image --builder vm', 'interrupted'],
      ['image build', 'interrupted'],
    ]);
    expect(kept.map(({ kind, name, state }) => [kind, name, state])).toEqual([
      ['build', 'bake', 'interrupted'],
      ['build', 'build-image --builder vm', 'interrupted'],
      ['build', 'image build', 'interrupted'],
      ['download', 'kernel modules', 'done'],
      ['download', 'images of FreeBSD', 'partly fetched'],
      ['download', 'images of Alpine', 'done'],
      ['helpers', "podman's helpers", 'done'],
      ['leftover', 'of an interrupted command', 'abandoned'],
    ]);
    for (const { kind, bytes } of kept)
      if (kind !== 'helpers') expect([kind, bytes >= MIB && bytes < 2 * MIB]).toEqual([kind, true]);
    expect(await everything()).toEqual(before);
  });

  it('says so where there is nothing', async () => {
    const { stdout, exitCode } = await podbsd('status');
    expect(exitCode).toBe(0);
    expect(stdout.split('\n')).toEqual([
      'Nothing is being built, and nothing was begun here.',
      'podbsd keeps nothing on this host.',
    ]);
  });
});

describe.skipIf(missing('du', 'ps') !== undefined)('podbsd clean', () => {
  it('takes away what was interrupted, and nothing else, and says how much that was', async () => {
    await keepAll();
    const dry = await podbsd('clean', '--dry-run');
    expect([dry.exitCode, dry.stdout]).toEqual([0, expect.stringContaining('would clean up in')]);
    const before = await everything();
    const { stdout, exitCode } = await podbsd('clean');
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`cleaned up in ${join(cwd, '.podbsd/bake')}: boot (1`);
    expect(stdout).toContain(`removed ${join(home, 'tmp/podbsd-vm-abc123')} (1`);
    expect(stdout).toMatch(/^4(\.\d)? MiB came back\.$/m);
    const after = await everything();
    const gone = before.filter((name) => !after.includes(name));
    expect(gone.filter((name) => !/layers|podbsd-vm-abc123/.test(name))).toEqual([]);
    expect(precious(after)).toEqual(precious(before));
    expect((await podbsd('clean')).stdout).toContain('No space came back.');
  });

  it('--all takes away builds and downloads, and leaves what is not its own', async () => {
    await keepAll();
    const before = await everything();
    const dry = await podbsd('clean', '--all', '--dry-run');
    expect(dry.stdout).toMatch(/^8(\.\d)? MiB would come back\.$/m);
    expect(await everything()).toEqual(before);

    const { stdout, exitCode } = await podbsd('clean', '--all');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^8(\.\d)? MiB came back\.$/m);
    expect(stdout).toContain('This stays:');
    expect(stdout).toContain('podbsd setup-podman --undo');
    expect(precious(await everything())).toEqual(precious(before));
    for (const path of ['work/.podbsd/bake', 'work/.podbsd/builder', 'data/podbsd/images/.making'])
      expect(existsSync(join(home, path))).toBe(false);
    expect(existsSync(join(home, 'data/podbsd/helpers'))).toBe(true);
    expect(await readdir(join(home, 'data/podbsd/images/.downloads'))).toEqual(['precious.txt']);
    expect((await podbsd('clean', '--all')).stdout).toContain('No space came back.');
  });
});
