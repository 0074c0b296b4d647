import { describe, expect, it } from 'vitest';
import { newestOnSite, type Question } from '../../../src/downloads/freebsd/newest.ts';
import { imagePath, releasesIn } from '../../../src/downloads/freebsd/site.ts';
import type { Release } from '../../../src/config/release.ts';
import { DownloadSite } from '../../support/download-site.ts';

const kind = { architecture: 'amd64', filesystem: 'zfs' } as const;
const file = (release: Release): string => imagePath(release, kind);
const named = (name: string): string =>
  `releases/VM-IMAGES/${name}/amd64/Latest/FreeBSD-${name}-amd64-BASIC-CLOUDINIT-zfs.qcow2.xz`;

async function siteWith(...names: string[]): Promise<DownloadSite> {
  return await DownloadSite.start(Object.fromEntries(names.map((name) => [named(name), name])));
}

async function newest(sites: readonly DownloadSite[], more: Partial<Question> = {}): Promise<string> {
  const mirrors = sites.map(({ url }) => url);
  return (await newestOnSite({ mirrors, major: undefined, serves: () => true, file, ...more })).release.name;
}

describe('a listing of releases is read', () => {
  it.each([
    [
      'of FreeBSD’s own servers',
      '<td class="link"><a href="14.5-RELEASE/" title="14.5-RELEASE">14.5-RELEASE/</a></td><td class="size">-</td>',
    ],
    ['of nginx', '<a href="14.5-RELEASE/">14.5-RELEASE/</a>      04-Sep-2026 19:03      -'],
    [
      'of Apache',
      '<img src="/icons/folder.gif" alt="[DIR]"></td><td><a href="14.5-RELEASE/">14.5-RELEASE/</a></td>',
    ],
    ['with whole paths', "<A HREF='/pub/FreeBSD/releases/VM-IMAGES/14.5-RELEASE/'>14.5-RELEASE</A>"],
  ])('%s', (_, html) => {
    expect(releasesIn(html)).toEqual(['14.5-RELEASE']);
  });

  it('by numbers, once each, and nothing else is a release', () => {
    const links = [
      '9.3-RELEASE/',
      '15.2-RC1/',
      '14.10-RELEASE/',
      '14.9-RELEASE/',
      '14.10-RELEASE/',
      '../',
    ].map((link) => `<a href="${link}">${link}</a>`);
    const others = 'title="19.9-RELEASE" <a href="x19.1-RELEASE/">a</a> <a href="18.1-RELEASE-p1/">b</a>';
    const script = '<a href="17.1-RELEASE/$(reboot)">c</a>';
    expect(releasesIn([...links, others, script].join('\n'))).toEqual([
      '14.10-RELEASE',
      '14.9-RELEASE',
      '9.3-RELEASE',
    ]);
  });
});

describe('the newest release', () => {
  it('is found on the site, of a branch too', async () => {
    const site = await siteWith('14.4-RELEASE', '14.5-RELEASE', '15.1-RELEASE', '15.2-RELEASE');
    expect(await newest([site])).toBe('15.2-RELEASE');
    expect(await newest([site], { major: 14 })).toBe('14.5-RELEASE');
    await expect(newest([site], { major: 16 })).rejects.toThrow('no release of FreeBSD 16');
    expect(await newest([site], { serves: ({ major }) => major < 15 })).toBe('14.5-RELEASE');
  });

  it('is one whose image is there: its folder may be there before', async () => {
    const site = await siteWith('15.1-RELEASE');
    site.put('releases/VM-IMAGES/15.2-RELEASE/README.TXT', 'soon');
    expect(await newest([site])).toBe('15.1-RELEASE');
    // A server that answers no HEAD may still have it.
    site.put('releases/VM-IMAGES/15.3-RELEASE/README.TXT', '');
    site.faults.set(named('15.3-RELEASE'), { kind: 'status', status: 405 });
    expect(await newest([site])).toBe('15.3-RELEASE');
  });

  it('is asked from the next mirror when one does not answer, and the first reason is told when none does', async () => {
    const broken = await siteWith('15.2-RELEASE');
    broken.faults.set('releases/VM-IMAGES/', { kind: 'status', status: 502 });
    expect(await newest([broken, await siteWith('15.1-RELEASE')])).toBe('15.1-RELEASE');
    await expect(newest([broken, await DownloadSite.start({})])).rejects.toThrow('502');
  });
});
