import { readFile, readdir, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { exportDisk } from '../../src/disk/export.ts';
import { adoptImage } from '../../src/images/store.ts';
import { hostArchitecture } from '../../src/vm/architecture.ts';
import { MiB, mbrSector, writeSparse } from '../disk/sample-disk.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';

const architecture = hostArchitecture() ?? 'amd64';
let home = '';
let store = '';

beforeEach(async () => {
  home = await tempDir();
  store = join(home, 'data/podbsd/images');
});

async function podbsd(...args: readonly string[]) {
  const env = {
    HOME: home,
    XDG_DATA_HOME: join(home, 'data'),
    NO_COLOR: '1',
    PATH: process.env['PATH'] ?? '',
  };
  const argv = [await bundledProgram(), ...args];
  return await execa('node', argv, { env, extendEnv: false, cwd: home, reject: false });
}

/** Puts an image into the store that was made on this day. */
async function image(version: string, day: string, arch = architecture): Promise<string> {
  const raw = join(home, 'disk.raw');
  await writeSparse(raw, MiB, [[0, mbrSector(0xa5)]]);
  const outDir = join(store, '.making');
  const packages = [{ name: 'podman', version: '5.8.2' }];
  const facts = { architecture: arch, podbsdVersion: '0.1.0', freebsd: { version }, packages };
  await exportDisk({ raw, outDir, baseName: `podbsd-${arch}`, formats: ['qcow2'], facts });
  const time = new Date(`${day}T12:00:00Z`);
  await utimes(join(outDir, 'manifest.json'), time, time);
  return (await adoptImage(store, outDir)).name;
}

describe.skipIf(missing('qemu-img') !== undefined)('the store of images', () => {
  it('lists the newest first, and path prints the file of what is meant, alone', async () => {
    const old = await image('15.1-RELEASE', '2026-11-01');
    const patched = await image('15.1-RELEASE-p2', '2026-11-20');
    await image('14.4-RELEASE', '2026-11-25', architecture === 'amd64' ? 'arm64' : 'amd64');
    const listed = await podbsd('image', 'list');
    expect(listed.stdout).toMatch(/NAME[^]*14\.4-RELEASE  p0 [^]*15\.1-RELEASE  p2 [^]*15\.1-RELEASE  p0 /);
    const entries = JSON.parse((await podbsd('image', 'list', '--json')).stdout) as object[];
    expect(entries[1]).toMatchObject({ name: patched, podman: '5.8.2', architecture, machines: [] });
    const file = join(store, patched, `podbsd-${architecture}.qcow2`);
    for (const args of [[], ['--release', '15.1'], [patched]])
      expect((await podbsd('image', 'path', ...args)).stdout).toBe(file);
    expect((await podbsd('image', 'path', old)).stdout).toContain(old);
    const none = await podbsd('image', 'path', '--release', '15');
    expect(none.stdout).toBe(file);
    const other = await podbsd('image', 'path', '--release', '1');
    expect([other.exitCode, other.stdout]).toEqual([1, '']);
    expect(other.stderr).toContain('podbsd image build');
  });

  it('a machine is made of the newest image when none is named, and is listed with it', async () => {
    const name = await image('15.1-RELEASE', '2026-11-01');
    const made = await podbsd('machine', 'init', '--disk-size', '1', '-v', '', 'one');
    expect(made.exitCode, made.stderr).toBe(0);
    const [entry] = JSON.parse((await podbsd('image', 'list', '--json')).stdout) as [{ machines: string[] }];
    expect(entry.machines).toEqual(['one']);
    const [inspected] = JSON.parse((await podbsd('machine', 'inspect', 'one')).stdout) as [
      { Image: string; Resources: { CPUs: number } },
    ];
    expect(inspected.Image).toContain(name);
    expect(inspected.Resources.CPUs).toBeGreaterThanOrEqual(2);
  });

  it('verify finds a changed file', async () => {
    const name = await image('15.1-RELEASE', '2026-11-01');
    expect((await podbsd('image', 'verify')).exitCode).toBe(0);
    const bom = join(store, name, `podbsd-${architecture}.cdx.json`);
    await writeFile(bom, `${await readFile(bom, 'utf8')} `);
    const { exitCode, stdout } = await podbsd('image', 'verify', name);
    expect([exitCode, stdout]).toEqual([1, expect.stringContaining('changed') as string]);
  });

  it('prune keeps the newest of each release; rm removes what is named, or nothing when a name is wrong', async () => {
    await image('15.1-RELEASE', '2026-11-01');
    const newest = await image('15.1-RELEASE-p2', '2026-11-20');
    const other = await image('14.4-RELEASE', '2026-10-01');
    await podbsd('image', 'prune', '--dry-run');
    expect(await readdir(store)).toHaveLength(3);
    await podbsd('image', 'prune');
    expect((await readdir(store)).sort()).toEqual([newest, other].sort());
    for (const wrong of ['none', '../images', '.making'])
      expect((await podbsd('image', 'rm', other, wrong)).exitCode, wrong).toBe(1);
    await podbsd('image', 'rm', other);
    expect(await readdir(store)).toEqual([newest]);
  });

  it('without any image, init says how to get one, and a dry run with --now says that one would be made', async () => {
    const refused = await podbsd('machine', 'init');
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain('podbsd machine init --now');
    const planned = await podbsd('machine', 'init', '--now', '--dry-run');
    expect([planned.exitCode, planned.stdout]).toEqual([0, expect.stringContaining('would make') as string]);
    const build = await podbsd('image', 'build', '--recipe', 'bake', '--dry-run');
    expect(build.stdout).toContain(join(store, '.making'));
  });
});
