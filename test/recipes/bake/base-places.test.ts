import { createHash } from 'node:crypto';
import { mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { ExitCode } from '../../../src/ground/errors.ts';
import { LocalHost } from '../../../src/host/local.ts';
import type { StageRun } from '../../../src/pipeline/stage.ts';
import { baseStage } from '../../../src/recipes/bake/base.ts';
import type { BakeEnv } from '../../../src/recipes/bake/env.ts';
import { bakePaths } from '../../../src/recipes/bake/paths.ts';
import { mbrSector } from '../../disk/sample-disk.ts';
import { DownloadSite } from '../../support/download-site.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';

const NAME = 'FreeBSD-15.7-RELEASE-amd64-BASIC-CLOUDINIT-zfs.qcow2.xz';
const OLD = 'VM-IMAGES/15.7-RELEASE/amd64/Latest/' + NAME;
const PATH = `releases/${OLD}`;

async function packedDisk(): Promise<{ disk: Buffer; packed: Buffer }> {
  const disk = Buffer.alloc(1024 * 1024);
  mbrSector(0xa5).copy(disk);
  const { stdout } = await execa('xz', ['--stdout'], { input: disk, encoding: 'buffer' });
  return { disk, packed: Buffer.from(stdout) };
}

interface Set {
  readonly run: () => Promise<string>;
  readonly said: string[];
  readonly cache: string;
}

/** The base stage with these lines of [download], in this folder. */
function stageIn(folder: string, download: string): Set {
  const host = new LocalHost();
  const said: string[] = [];
  const cache = join(folder, 'cache');
  const env = {
    config: parseConfig(`[build]\nrelease = "15.7"\n[download]\n${download}\n`, 'podbsd.toml'),
    configFolder: folder,
    host,
    here: host,
    paths: { ...bakePaths(folder), cache },
    baseImage: undefined,
    retries: 0,
  } as Partial<BakeEnv> as BakeEnv;
  const run = {
    say: (text) => void said.push(text),
    progress: () => undefined,
    signal: new AbortController().signal,
    exec: (argv, options) => host.run(argv, options),
  } as Partial<StageRun> as StageRun;
  return { run: async () => (await baseStage(env).run(run)).path, said, cache };
}

describe.skipIf(missing('xz') !== undefined)('a published base image', () => {
  it('comes from the first mirror that has it', async () => {
    const { disk, packed } = await packedDisk();
    const [without, mirror] = [await DownloadSite.start({}), await DownloadSite.start({})];
    mirror.putImage(`pub/FreeBSD/${PATH}`, packed);
    const urls = [without.url, `${mirror.url}/pub/FreeBSD/`];
    const { run, said } = stageIn(await tempDir(), `mirrors = ${JSON.stringify(urls)}`);
    expect(disk.equals(await readFile(await run()))).toBe(true);
    expect(said.join('\n')).toMatch(/404[^\n]*; trying http:\S+\/pub\/FreeBSD\/releases/);
  });

  it('that no mirror has any more is found on the archive, with a warning', async () => {
    const { disk, packed } = await packedDisk();
    const [mirror, archive] = [await DownloadSite.start({}), await DownloadSite.start({})];
    archive.putImage(`old/${OLD}`, packed);
    const { run, said } = stageIn(
      await tempDir(),
      `mirrors = ["${mirror.url}"]\narchive = "${archive.url}/old"`,
    );
    expect(disk.equals(await readFile(await run()))).toBe(true);
    expect(said.join('\n')).toMatch(/warning: .*archive of ended releases/);
  });

  it('is not looked for on the archive when a mirror could not be asked', async () => {
    const archive = await DownloadSite.start({});
    const mirror = await DownloadSite.start({});
    mirror.faults.set(`${dirname(PATH)}/CHECKSUM.SHA256`, { kind: 'status', status: 503 });
    const { run } = stageIn(await tempDir(), `mirrors = ["${mirror.url}"]\narchive = "${archive.url}"`);
    await expect(run()).rejects.toMatchObject({ exitCode: ExitCode.network });
    expect(archive.requests).toEqual([]);
  });

  it('is downloaded once by two that want it at once; the second says that it waits', async () => {
    const { packed } = await packedDisk();
    const site = await DownloadSite.start({});
    site.putImage(PATH, packed);
    site.faults.set(PATH, { kind: 'stall', after: 20, times: 1 });
    const folder = await tempDir();
    const two = [1, 2].map(() => stageIn(folder, `mirrors = ["${site.url}"]`));
    const first = two[0]?.run();
    while (site.gets(PATH).length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const second = two[1]?.run();
    while (two[1]?.said.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(two[1]?.said).toEqual([expect.stringMatching(/another podbsd .*waiting for it/)]);
    // What was given so far is not given again.
    site.stop();
    await expect(first).rejects.toMatchObject({ exitCode: ExitCode.network });
    await expect(second).rejects.toMatchObject({ exitCode: ExitCode.network });
    const again = await DownloadSite.start({});
    again.putImage(PATH, packed);
    const both = [1, 2].map(() => stageIn(folder, `mirrors = ["${again.url}"]`).run());
    const paths = await Promise.all(both);
    expect(new Set(paths).size).toBe(1);
    expect(again.gets(PATH)).toHaveLength(1);
    expect((await readdir(join(folder, 'cache'))).sort()).toEqual([NAME.replace('.xz', ''), NAME].sort());
  });

  it.each([
    ['by its name', NAME],
    ['in a copy of a mirror', PATH],
  ])('is taken from a folder instead of the network: %s', async (_, path) => {
    const { disk, packed } = await packedDisk();
    const site = await DownloadSite.start({});
    const folder = await tempDir();
    const file = join(folder, 'images', path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, packed);
    const { run, said } = stageIn(folder, `directory = "images"\nmirrors = ["${site.url}"]`);
    expect(disk.equals(await readFile(await run()))).toBe(true);
    expect(said.join('\n')).toContain('nothing says what the checksum');

    const sum = createHash('sha256').update(packed).digest('hex');
    const list = join(dirname(file), 'CHECKSUM.SHA256');
    await writeFile(list, `SHA256 (${NAME}) = ${sum}\n`);
    await stageIn(folder, 'directory = "images"').run();
    await writeFile(list, `SHA256 (${NAME}) = ${'0'.repeat(64)}\n`);
    await expect(stageIn(folder, 'directory = "images"').run()).rejects.toMatchObject({
      exitCode: ExitCode.untrusted,
    });
    expect(site.requests).toEqual([]);
  });

  it('that is not in the folder is named with the places where it may be', async () => {
    const folder = await tempDir();
    const { run } = stageIn(folder, 'directory = "none"');
    await expect(run()).rejects.toMatchObject({
      exitCode: ExitCode.data,
      problem: expect.stringContaining(PATH) as string,
    });
  });
});
