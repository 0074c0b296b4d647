import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { execa } from 'execa';
import { describe, expect, it, onTestFinished } from 'vitest';
import { download, isAbsent, type DownloadOptions } from '../../src/downloads/download.ts';
import { ExitCode, PodbsdError } from '../../src/ground/errors.ts';
import { MiB, noise } from '../disk/sample-disk.ts';
import { DownloadSite, type Fault } from '../support/download-site.ts';
import { tempDir } from '../support/temp-dir.ts';

const content = noise(MiB, 'an image');
const sha256 = createHash('sha256').update(content).digest('hex');

async function siteWith(fault?: Fault, body: Buffer = content): Promise<DownloadSite> {
  const site = await DownloadSite.start({ file: body });
  if (fault !== undefined) site.faults.set('file', fault);
  return site;
}

/** Downloads from these sites in order. */
async function fetched(sites: readonly DownloadSite[], more: Partial<DownloadOptions> = {}) {
  const to = join(await tempDir(), 'file');
  const [url = '', ...mirrors] = sites.map((site) => `${site.url}/file`);
  const moved: string[] = [];
  const options = {
    ...{ url, mirrors, to, sha256, pauseMs: 1, silenceMs: 300 },
    onNextMirror: ({ problem }: PodbsdError) => void moved.push(problem),
    ...more,
  };
  return { to, moved, run: async () => await download(options) };
}

describe('a download', () => {
  it('that breaks again and again goes on where it stopped, as long as something arrives', async () => {
    const site = await siteWith({ kind: 'break', after: 100_000 });
    const { to, run } = await fetched([site]);
    await run();
    expect(content.equals(await readFile(to))).toBe(true);
    // More breaks than attempts that may bring nothing.
    expect(site.gets('file').length).toBeGreaterThan(10);
    expect(site.gets('file').at(-1)?.range).toMatch(/^bytes=\d{4,}-$/);
  });

  it('of a server that falls silent goes on over a new connection', async () => {
    const site = await siteWith({ kind: 'stall', after: 300_000, times: 2 });
    const { to, run } = await fetched([site]);
    await run();
    expect(content.equals(await readFile(to))).toBe(true);
  });

  it('that brings nothing is given up, and what has arrived is there for the next call', async () => {
    const site = await siteWith({ kind: 'stall', after: 500_000, times: 1 });
    const { to, run } = await fetched([site], { retries: 0 });
    await expect(run()).rejects.toMatchObject({ exitCode: ExitCode.network });
    await run();
    expect(content.equals(await readFile(to))).toBe(true);
    expect(site.gets('file')[1]?.range).toBe('bytes=500000-');
    expect(existsSync(`${to}.part`) || existsSync(`${to}.part.tag`)).toBe(false);
  });

  it('that was complete when podbsd was killed is checked, and not fetched again', async () => {
    const site = await siteWith();
    const { to, run } = await fetched([site]);
    await writeFile(`${to}.part`, content);
    await run();
    expect(content.equals(await readFile(to))).toBe(true);
    expect(site.gets('file').map(({ range }) => range)).toEqual([`bytes=${content.length}-`]);
  });

  it('whose earlier part is of something else is begun anew', async () => {
    const site = await siteWith();
    const { to, run } = await fetched([site]);
    await writeFile(`${to}.part`, noise(1000, 'another file'));
    await run();
    expect(content.equals(await readFile(to))).toBe(true);
  });

  it('without a checksum goes on only where the server promises that it is the same file', async () => {
    const site = await siteWith({ kind: 'break', after: 500_000, times: 1 });
    const { to, run } = await fetched([site], { sha256: undefined, retries: 0 });
    await expect(run()).rejects.toThrow();
    const changed = noise(MiB, 'a newer file');
    site.put('file', changed);
    await run();
    expect(changed.equals(await readFile(to))).toBe(true);
  });

  it('follows a redirect; 429 asks for another attempt, and 404 for none', async () => {
    const site = await siteWith({ kind: 'redirect', to: '/other', times: 1 });
    site.put('other', content);
    const { run } = await fetched([site]);
    await run();
    expect(site.gets('other')).toHaveLength(1);

    const busy = await siteWith({ kind: 'status', status: 429, times: 2 });
    await (await fetched([busy])).run();
    const without = await DownloadSite.start({});
    await expect((await fetched([without])).run()).rejects.toMatchObject({ exitCode: ExitCode.network });
    expect(without.requests).toHaveLength(1);
  });
});

describe('mirrors', () => {
  it('are tried in order, and the next one continues what the one before has given', async () => {
    const first = await siteWith({ kind: 'stall', after: 400_000, times: 1 });
    const silent = await siteWith({ kind: 'status', status: 503 });
    const last = await siteWith();
    const { to, run, moved } = await fetched([silent, first, last], { retries: 0 });
    await run();
    expect(content.equals(await readFile(to))).toBe(true);
    expect(last.gets('file').map(({ range }) => range)).toEqual(['bytes=400000-']);
    expect(moved).toEqual([expect.stringContaining('503'), expect.stringContaining('no data for')]);
  });

  it('with a forged file are passed over, and what they gave is thrown away', async () => {
    const forged = await siteWith(undefined, noise(MiB, 'forged'));
    const { to, run, moved } = await fetched([forged, await siteWith()]);
    await run();
    expect(content.equals(await readFile(to))).toBe(true);
    expect(moved).toEqual([expect.stringContaining('SHA-256')]);

    const all = await fetched([forged, await siteWith(undefined, noise(MiB, 'forged too'))]);
    await expect(all.run()).rejects.toMatchObject({ exitCode: ExitCode.untrusted });
    expect(existsSync(all.to) || existsSync(`${all.to}.part`)).toBe(false);
  });

  it('that all do not have a file are told from those that cannot be asked', async () => {
    const without = await DownloadSite.start({});
    const broken = await siteWith({ kind: 'status', status: 500 });
    const reasonOf = async (...sites: DownloadSite[]): Promise<unknown> =>
      await (await fetched(sites, { retries: 0 })).run().catch((error: unknown) => error);
    expect(isAbsent(await reasonOf(without, without))).toBe(true);
    const mixed = await reasonOf(without, broken);
    expect(isAbsent(mixed)).toBe(false);
    expect(mixed).toMatchObject({ problem: expect.stringMatching(/404[^]*500/) as string });
  });
});

it.skipIf(process.getuid?.() !== 0 || process.platform !== 'linux')(
  'a full disk is told as such, and not tried again',
  async () => {
    const folder = await tempDir();
    let requests = 0;
    const server = createServer((_, response) => {
      requests++;
      response.end(noise(4 * MiB, 'file'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    await execa('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'podbsd-test', folder]);
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/file`;
      await expect(download({ url, to: join(folder, 'file'), pauseMs: 1 })).rejects.toMatchObject({
        exitCode: 13,
        problem: `there is no space left for ${join(folder, 'file')}`,
      });
      expect(requests).toBe(1);
    } finally {
      await execa('umount', [folder]);
    }
  },
);
