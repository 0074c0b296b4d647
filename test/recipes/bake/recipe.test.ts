import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { hashFile } from '../../../src/disk/hash.ts';
import { clientUnavailable, podman54 } from '../../e2e/clients.ts';
import { machineStory } from '../../e2e/story.ts';
import { Workspace } from '../../e2e/workspace.ts';
import { buildBaseImage } from '../../standin/bake/base-image.ts';
import { standInUnavailable } from '../../standin/requirements.ts';
import { bundledProgram } from '../../support/bundled-program.ts';
import { missing } from '../../support/programs.ts';

/** Milliseconds for a whole bake, under emulation, while other tests use the other processor. */
const BAKE = 600_000;
const unavailable =
  standInUnavailable() ??
  missing('mformat', 'mke2fs', 'sgdisk', 'qemu-img') ??
  // The files of the base image must belong to root.
  (process.getuid?.() === 0 ? undefined : 'only root can make the base image');

let folder = '';
let base = '';
let image = '';

async function podbsd(cwd: string, ...args: string[]) {
  return await execa('node', [await bundledProgram(), ...args], {
    cwd,
    reject: false,
    env: { NO_COLOR: '1', HOME: cwd, XDG_DATA_HOME: join(cwd, 'data') },
  });
}

async function project(name: string): Promise<string> {
  const cwd = join(folder, name);
  await mkdir(cwd);
  await writeFile(
    join(cwd, 'podbsd.toml'),
    // Nothing is downloaded: the base has no kernel source, and no server that would have it.
    '[bake]\nurl = "http://127.0.0.1:9/{folder}/"\nsize = "1g"\nmemory = 768\ncpus = 1\n[export]\nformats = ["qcow2"]\n',
  );
  return cwd;
}

describe.skipIf(unavailable !== undefined)('podbsd build-image --recipe bake', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'bake-'));
    base = join(folder, 'base.raw');
    await buildBaseImage(base, join(folder, 'scratch'));
  });
  afterAll(async () => rm(folder, { recursive: true, force: true }));

  it(
    'makes an image without a trace of its making, also when it was killed in the middle',
    async () => {
      const cwd = await project('whole');
      const argv = [await bundledProgram(), 'build-image', '--base-image', base, '--json'];
      const killed = execa('node', argv, {
        cwd,
        reject: false,
        env: { HOME: cwd, XDG_DATA_HOME: join(cwd, 'data') },
      });
      await stageBegins(cwd, 'packages');
      killed.kill('SIGKILL');
      await killed;
      const before = await stat(base);

      const second = await podbsd(cwd, 'build-image', '--base-image', base);
      expect(second.exitCode, second.stderr).toBe(0);
      expect(second.stderr).toContain('boot: nothing to do');
      expect((await stat(base)).mtimeMs).toBe(before.mtimeMs);
      expect(existsSync(join(cwd, '.podbsd/bake/machine.json'))).toBe(false);

      image = join(cwd, 'out/podbsd-15.1-RELEASE-amd64.qcow2');
      const manifest = JSON.parse(await readFile(join(cwd, 'out/manifest.json'), 'utf8')) as unknown;
      expect(JSON.stringify(manifest)).toContain('5.7.1_1');

      const third = await podbsd(cwd, 'build-image', '--base-image', base);
      expect(third.stderr).toContain('nothing was done');

      await expectNoTraces(cwd);
    },
    2 * BAKE,
  );

  // The one boot with a podman client that plain `npm test` has; test/e2e/podman.test.ts has every client and way.
  it('makes an image that a stock podman starts', { timeout: BAKE }, async ({ skip }) => {
    const without = missing('setpriv', 'useradd', 'ssh', 'ssh-keygen') ?? (await clientUnavailable(podman54));
    skip(without !== undefined, without);
    for (const readable of [folder, join(folder, 'whole'), dirname(image)]) await chmod(readable, 0o755);
    await chmod(image, 0o644);
    const packed = await hashFile(image);
    const workspace = await Workspace.create(podman54);
    onTestFinished(() => workspace.remove());
    await machineStory(workspace, { client: podman54, image, rootful: false, restart: false });
    expect(await hashFile(image)).toEqual(packed);
  });
});

/** Waits until the journal says that a stage is at work. */
async function stageBegins(cwd: string, stage: string): Promise<void> {
  const journal = join(cwd, '.podbsd/bake/journal.json');
  for (;;) {
    const text = await readFile(journal, 'utf8').catch(() => '{"stages":{}}');
    const { stages } = JSON.parse(text) as { stages: Record<string, { state: string }> };
    const failed = Object.entries(stages).find(([, { state }]) => state === 'failed');
    if (failed !== undefined) throw new Error(`stage ${failed[0]} failed: ${text}`);
    if (stages[stage] !== undefined) return;
    await sleep(200);
  }
}

/** Reads the root file system of the finished disk. Keys, seed and this machine's identity must be gone. */
async function expectNoTraces(cwd: string): Promise<void> {
  const raw = join(cwd, '.podbsd/bake/disk.raw');
  const root = join(cwd, 'root.ext4');
  const table = await execa('sgdisk', ['--info=2', raw]);
  const first = Number(/First sector: (\d+)/.exec(table.stdout)?.[1]);
  const last = Number(/Last sector: (\d+)/.exec(table.stdout)?.[1]);
  await execa('dd', [
    ...[`if=${raw}`, `of=${root}`, 'bs=512', `skip=${first}`, `count=${last - first + 1}`],
    ...['conv=sparse', 'status=none'],
  ]);
  const list = async (path: string): Promise<string> =>
    (await execa('debugfs', ['-R', `ls -p ${path}`, root])).stdout;
  expect(await list('/etc/ssh')).not.toContain('ssh_host');
  expect(await list('/root')).not.toContain('.ssh');
  expect(await list('/var/cache')).not.toContain('nuageinit');
  expect(await list('/etc')).not.toContain('machine-id');
  expect(await list('/')).toContain('firstboot');
  const rcConf = (await execa('debugfs', ['-R', 'cat /etc/rc.conf', root])).stdout;
  expect(rcConf).toContain('podbsd_ready_enable="YES"');
  expect(rcConf).not.toContain('nuageinit');
  expect(rcConf).toContain('hostname="freebsd"');
  expect(await list('/etc/rc.conf.d')).toContain('/random/');
}
