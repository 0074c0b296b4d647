import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { until } from '../../src/ground/until.ts';
import { buildBaseImage } from '../standin/bake/base-image.ts';
import { standInDiskUnavailable } from '../standin/requirements.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { DownloadSite } from '../support/download-site.ts';
import { missing } from '../support/programs.ts';
import { putPatch, updatesKey } from '../support/update-server.ts';

const reason =
  process.env['PODBSD_E2E'] === 'all'
    ? (standInDiskUnavailable() ??
      missing('ssh', 'mformat', 'xz') ??
      (process.getuid?.() === 0 ? undefined : 'only root can make the base image'))
    : 'only npm run test:e2e takes the time';

/** The stand-in says that it is 15.1; the site has it as what comes next. */
const IMAGE =
  'releases/VM-IMAGES/15.2-RELEASE/amd64/Latest/FreeBSD-15.2-RELEASE-amd64-BASIC-CLOUDINIT-zfs.qcow2.xz';

describe.skipIf(reason !== undefined)('from nothing to a machine', { timeout: 3_600_000 }, () => {
  let folder = '';
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  it('in one command, killed at any point and called again; afterwards nothing is left but the store', async () => {
    folder = await mkdtemp(join(tmpdir(), 'pn-'));
    const site = await DownloadSite.start();
    site.putImage(IMAGE, await packedBase(folder));
    site.put('releases/VM-IMAGES/14.5-RELEASE/README.TXT', '');
    putPatch(site, '15.1-RELEASE', 3);
    const cwd = join(folder, 'work');
    const home = join(folder, 'home');
    for (const path of [cwd, home]) await mkdir(path);
    await writeFile(
      join(cwd, 'podbsd.toml'),
      `[download]\nmirrors = ["${site.url}"]\narchive = "${site.url}/old"\nupdates = "${site.url}"\nupdates_key = "${updatesKey}"\n` +
        '[bake]\nsize = "1g"\nmemory = 768\ncpus = 1\n[export]\nformats = ["qcow2"]\n',
    );
    const program = await bundledProgram();
    const env = { HOME: home, PATH: process.env['PATH'] ?? '' };
    const podbsd = (...args: string[]) =>
      execa('node', [program, ...args], { cwd, env, extendEnv: false, reject: false });
    const store = join(home, '.local/share/podbsd/images');

    /** Kills the command when this has happened. */
    const killedWhen = async (happened: () => boolean | Promise<boolean>): Promise<string> => {
      const running = podbsd('machine', 'init', '--now');
      let ended = false;
      const end = running.finally(() => (ended = true));
      await until(async () => ((await happened()) || ended ? true : undefined), { every: 50 });
      running.kill('SIGKILL');
      const { stderr, exitCode } = await end;
      expect(exitCode, stderr).toBeUndefined();
      return stderr;
    };

    site.faults.set(IMAGE, { kind: 'stall', after: 2_000_000, times: 1 });
    const part = join(store, '.downloads', `${IMAGE.slice(IMAGE.lastIndexOf('/') + 1)}.part`);
    const first = await killedWhen(async () => (await sizeOf(part)) >= 1_000_000);
    expect(first).toContain('There is no image of FreeBSD for amd64 yet');
    expect(first).toMatch(/To be downloaded: FreeBSD-15\.2\S+ \(\d+ MiB\)/);
    expect(first).toContain('3 to 9 minutes');

    const journal = join(store, '.work/bake/journal.json');
    const second = await killedWhen(async () => (await stagesIn(journal)).includes('packages'));
    expect(second).toContain('are here already');
    // What had arrived was not sent again.
    expect(site.gets(IMAGE).at(-1)?.range).toMatch(/^bytes=[1-9]\d+-$/);

    const pid = join(home, '.local/share/podbsd/machine/podbsd-machine-default/vm.pid');
    await killedWhen(async () => (await sizeOf(pid)) > 0);

    const last = await podbsd('machine', 'init', '--now');
    expect(last.exitCode, last.stderr).toBe(0);
    expect(last.stderr).toContain('its start was interrupted and goes on');
    expect(last.stderr).toContain('Machine podbsd-machine-default started.');
    expect(site.gets(IMAGE)).toHaveLength(2);

    const user = await podbsd('machine', 'ssh', 'podbsd-machine-default', '--', 'id', '-un');
    expect(user.stdout, user.stderr).toBe('core');
    const listed = await podbsd('image', 'list');
    expect(listed.stdout).toMatch(/15\.1-RELEASE +p0 .*bake of FreeBSD-15\.2\S+ +podbsd-machine-default/);
    const refused = await podbsd('image', 'rm', (await podbsd('image', 'list', '-q')).stdout);
    expect([refused.exitCode, refused.stderr]).toEqual([
      1,
      expect.stringContaining('podbsd-machine-default') as string,
    ]);

    const removed = await podbsd('machine', 'rm', '--force');
    expect(removed.exitCode, removed.stderr).toBe(0);
    const left = await everything(home);
    expect(left.filter((path) => !path.startsWith('.local/share/podbsd/images/'))).toEqual([]);

    // The image that is there is older than the newest patch, which is said.
    const again = await podbsd('machine', 'init', '--disk-size', '8', 'other');
    expect(again.stderr).toMatch(
      /15\.1-RELEASE-p3 is the newest; to renew it: podbsd image build --release 15\.1 --update/,
    );
    await podbsd('machine', 'rm', '--force', 'other');
  });
});

async function packedBase(folder: string): Promise<Buffer> {
  const [raw, qcow2] = [join(folder, 'base.raw'), join(folder, 'base.qcow2')];
  await buildBaseImage(raw, join(folder, 'scratch'));
  await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', raw, qcow2]);
  await execa('xz', ['-1', '-T', '0', qcow2]);
  return await readFile(`${qcow2}.xz`);
}

async function sizeOf(file: string): Promise<number> {
  return await readFile(file).then(
    ({ length }) => length,
    () => 0,
  );
}

async function stagesIn(journal: string): Promise<readonly string[]> {
  const text = await readFile(journal, 'utf8').catch(() => '{"stages":{}}');
  return Object.keys((JSON.parse(text) as { stages: Record<string, unknown> }).stages);
}

/** Every file below a folder, relative to it. */
async function everything(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
}
