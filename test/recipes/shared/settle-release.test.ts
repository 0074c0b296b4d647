import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/config/load.ts';
import { settleRelease, type Settling } from '../../../src/recipes/shared/settle-release.ts';
import { DownloadSite } from '../../support/download-site.ts';
import { tempDir } from '../../support/temp-dir.ts';

const named = (release: string): string => `FreeBSD-${release}-amd64-BASIC-CLOUDINIT-zfs.qcow2.xz`;
const path = (release: string): string => `releases/VM-IMAGES/${release}/amd64/Latest/${named(release)}`;
/** Nobody listens there. */
const NOBODY = 'http://127.0.0.1:9';

let folder = '';
beforeEach(async () => {
  folder = await tempDir();
});

async function put(file: string): Promise<void> {
  await mkdir(dirname(join(folder, file)), { recursive: true });
  await writeFile(join(folder, file), '');
}

async function settled(release: string, download: string, more: Partial<Settling> = {}) {
  const said: string[] = [];
  const config = parseConfig(`[build]\nrelease = "${release}"\n[download]\n${download}\n`, 'podbsd.toml');
  const name = await settleRelease({
    loaded: { config, file: undefined, folder },
    from: 'image',
    downloads: join(folder, 'downloads'),
    remembered: join(folder, 'newest.json'),
    asks: true,
    say: (text) => void said.push(text),
    signal: new AbortController().signal,
    ...more,
  });
  return { name, said: said.join('\n') };
}

describe('the release that is meant', () => {
  it('is what is named; the newest is asked from the site, and remembered for days without it', async () => {
    const site = await DownloadSite.start({
      [path('14.5-RELEASE')]: '',
      [path('15.1-RELEASE')]: '',
      [path('15.2-RELEASE')]: '',
    });
    const mirrors = `mirrors = ["${site.url}"]`;
    expect((await settled('14.4', mirrors)).name).toBe('14.4');
    expect(site.requests).toEqual([]);
    expect((await settled('newest', mirrors)).name).toBe('15.2-RELEASE');
    expect((await settled('14', mirrors)).name).toBe('14.5-RELEASE');

    const offline = await settled('newest', `mirrors = ["${NOBODY}"]`);
    expect(offline.name).toBe('15.2-RELEASE');
    expect(offline.said).toContain('could not be asked');
    // A plan, and a look at a build, ask nobody.
    const before = site.requests.length;
    expect((await settled('15', mirrors, { asks: false })).name).toBe('15.2-RELEASE');
    expect(site.requests).toHaveLength(before);
  });

  it('is without the network the newest of which an image is here, and without any the newest that is known', async () => {
    expect((await settled('newest', `mirrors = ["${NOBODY}"]`)).name).toBe('15.1-RELEASE');
    await put(`downloads/${named('14.5-RELEASE')}`);
    await put(`downloads/${named('15.1-RELEASE')}.part`);
    await put('downloads/FreeBSD-15.9-RELEASE-amd64-BASIC-CLOUDINIT-ufs.qcow2.xz');
    const { name, said } = await settled('newest', `mirrors = ["${NOBODY}"]`);
    expect([name, said]).toEqual(['14.5-RELEASE', expect.stringContaining('is here already') as string]);
  });

  it('is the newest in a folder that is used instead of the network', async () => {
    await put(named('14.5-RELEASE'));
    const directory = 'directory = "."';
    expect((await settled('newest', directory)).name).toBe('14.5-RELEASE');
    await put(path('15.1-RELEASE'));
    expect((await settled('newest', directory)).name).toBe('15.1-RELEASE');
    await put('releases/amd64/14.4-RELEASE/MANIFEST');
    expect((await settled('newest', directory, { from: 'sets' })).name).toBe('14.4-RELEASE');
  });
});
