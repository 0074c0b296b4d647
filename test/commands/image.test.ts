import { mkdir, readFile, readdir, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { exportDisk } from '../../src/disk/export.ts';
import { addImage } from '../../src/images/add.ts';
import { adoptImage } from '../../src/images/store.ts';
import { hostArchitecture } from '../../src/vm/architecture.ts';
import { MiB, mbrSector, writeSparse } from '../disk/sample-disk.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { DownloadSite } from '../support/download-site.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { putPatch, updatesKey } from '../support/update-server.ts';

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
    expect(listed.stdout).toMatch(
      /NAME[^]*14\.4-RELEASE {2}p0 [^]*15\.1-RELEASE {2}p2 [^]*15\.1-RELEASE {2}p0 /,
    );
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

  it('an image that a machine was made of is kept by rm and prune, unless forced; leftovers of a killed podbsd go', async () => {
    const old = await image('15.1-RELEASE', '2026-11-01');
    await podbsd('machine', 'init', '--disk-size', '1', '-v', '', 'one');
    await image('15.1-RELEASE-p2', '2026-11-20');
    const refused = await podbsd('image', 'rm', old);
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('one') as string]);
    for (const name of ['.removing-x-1', '.adding-x', '.adding-young', '.work', '.downloads'])
      await mkdir(join(store, name, 'deep'), { recursive: true });
    const longAgo = new Date('2026-01-01');
    for (const folder of ['.adding-x/deep', '.adding-x']) await utimes(join(store, folder), longAgo, longAgo);
    expect((await podbsd('image', 'prune')).stderr).toContain(`kept ${join(store, old)}`);
    const hidden = async (): Promise<string[]> =>
      (await readdir(store)).filter((name) => name.startsWith('.')).sort();
    // A build-image may be copying its result into the store just now.
    expect(await hidden()).toEqual(['.adding-young', '.downloads', '.work']);
    await podbsd('image', 'prune', '--all');
    expect(await hidden()).toEqual(['.adding-young']);
    expect((await podbsd('image', 'rm', '--force', old)).exitCode).toBe(0);
    expect(await readdir(store)).toHaveLength(2);
  });

  it('an export is added as a copy, once, and without what else lies in its folder', async () => {
    const outDir = join(home, 'out');
    const raw = join(home, 'disk.raw');
    await writeSparse(raw, 4 * MiB, [[0, mbrSector(0xa5)]]);
    const facts = { architecture, podbsdVersion: '0.1.0', freebsd: { version: '15.1-RELEASE' } };
    await exportDisk({ raw, outDir, baseName: 'mine', formats: ['qcow2', 'raw'], facts });
    await writeFile(join(outDir, 'diary.txt'), 'mine');
    const { image: added, isNew } = await addImage(store, outDir);
    expect(isNew).toBe(true);
    expect((await podbsd('image', 'verify', added.name)).exitCode).toBe(0);
    expect(await readdir(added.dir)).not.toContain('diary.txt');
    const { size, blocks } = await stat(join(added.dir, 'mine.raw'));
    expect([size, blocks * 512 < MiB * 2]).toEqual([4 * MiB, true]);
    expect(await addImage(store, outDir)).toMatchObject({ isNew: false, image: { name: added.name } });
    expect(await readdir(store)).toEqual([added.name]);
  });

  it('an image older than the newest patch is named with what renews it; without an answer nothing is said', async () => {
    const name = await image('15.1-RELEASE-p1', '2026-11-01');
    const site = await DownloadSite.start();
    putPatch(site, '15.1-RELEASE', 3);
    const updates = `updates = "${site.url}"\nupdates_key = "${updatesKey}"`;
    await writeFile(join(home, 'podbsd.toml'), `[download]\n${updates}\n`);
    const init = async (machine: string) =>
      await podbsd('machine', 'init', '--disk-size', '1', '-v', '', machine);
    const note = `the image ${name} has FreeBSD 15.1-RELEASE-p1, and 15.1-RELEASE-p3 is the newest`;
    if (architecture !== 'amd64') return;
    expect((await init('one')).stderr).toContain(note);
    // What was known last still holds when nobody answers.
    site.stop();
    expect((await init('two')).stderr).toContain(note);
    await rm(join(store, '.patches.json'));
    const quiet = await init('three');
    expect([quiet.exitCode, quiet.stderr]).toEqual([0, expect.not.stringContaining('note') as string]);
  });

  it('what a build would take is said before: which release is the newest, and how large its image is', async () => {
    if (architecture !== 'amd64') return;
    const path = (release: string): string =>
      `releases/VM-IMAGES/${release}/amd64/Latest/FreeBSD-${release}-amd64-BASIC-CLOUDINIT-zfs.qcow2.xz`;
    const site = await DownloadSite.start({
      [path('15.1-RELEASE')]: '',
      [path('15.2-RELEASE')]: Buffer.alloc(3 * MiB, 'x'),
    });
    // No checksum lies beside it, so nothing is made.
    await writeFile(
      join(home, 'podbsd.toml'),
      `[download]\nmirrors = ["${site.url}"]\narchive = "${site.url}/old"\n`,
    );
    const { stderr } = await podbsd('machine', 'init', '--now', '--disk-size', '1');
    expect(stderr).toContain(`FreeBSD 15.2-RELEASE is the newest that ${site.url} has`);
    expect(stderr).toMatch(/To be downloaded: FreeBSD-15\.2-RELEASE\S+ \(3 MiB\)/);
    expect(stderr).toMatch(/3 to 9 minutes/);
    expect(stderr).toContain('the same command goes on');

    site.stop();
    const offline = await podbsd('image', 'build', '--recipe', 'bake');
    expect(offline.stderr).toMatch(
      /could not be asked .*: FreeBSD 15\.2-RELEASE is the newest that this podbsd knows/,
    );
    expect(offline.exitCode).toBe(14);
  });

  it('an init that was killed while it started goes on with its machine, and with no other', async () => {
    await image('15.1-RELEASE', '2026-11-01');
    const made = ['machine', 'init', '--disk-size', '1', '-v', ''];
    await podbsd(...made, 'one');
    const file = join(home, 'data/podbsd/machine/one/machine.json');
    const other = await podbsd(...made, '--now', 'one');
    expect([other.exitCode, other.stderr]).toEqual([
      1,
      expect.stringContaining('there is a machine of this name already') as string,
    ]);
    const record = JSON.parse(await readFile(file, 'utf8')) as object;
    await writeFile(file, JSON.stringify({ ...record, unfinished: { image: 'x' } }));
    const different = await podbsd(...made, '--now', '--cpus', '63', 'one');
    expect(different.exitCode).toBe(1);
    await rm(join(home, 'data/podbsd/machine/one/disk.qcow2'));
    const goesOn = await podbsd(...made, '--now', 'one');
    expect(goesOn.stderr).toContain('its start was interrupted and goes on');
    expect(goesOn.stderr).toContain('disk');
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
