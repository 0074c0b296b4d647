import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Builder } from '../../support/builder.ts';
import { DownloadSite } from '../../support/download-site.ts';
import { missing } from '../../support/programs.ts';

const MANIFEST = 'releases/amd64/15.1-RELEASE/MANIFEST';

/** What `poudriere jail -c` was given as method, and FREEBSD_HOST, with these lines of [download]. */
async function jailWith(download: (builder: Builder) => Promise<string>) {
  const builder = await Builder.make();
  const file = join(builder.folder, 'work/podbsd.toml');
  const text = await readFile(file, 'utf8');
  await writeFile(file, text.replace(/^mirrors = .*$/m, await download(builder)));
  const { exitCode, stderr } = await builder.run('build-image', '--until', 'jail');
  const jail = (await builder.commands()).find((argv) => argv.includes('-m') && argv.includes('jail'));
  const conf = await readFile(join(builder.directory, 'etc/poudriere.conf'), 'utf8').catch(() => '');
  const hosts = [...conf.matchAll(/^FREEBSD_HOST=(.*)$/gm)].map(([, host]) => host);
  return { exitCode, stderr, method: jail?.[jail.indexOf('-m') + 1], host: hosts.at(-1) };
}

describe.skipIf(missing('git') !== undefined)('the distribution sets of a release', () => {
  it('come from the first mirror that has them; one laid out as FreeBSD’s keeps Poudriere’s own method', async () => {
    const [without, site] = [await DownloadSite.start({}), await DownloadSite.start({})];
    site.put(`pub/FreeBSD/${MANIFEST}`, '');
    const mirrors = `mirrors = ["${without.url}", "${site.url}/pub/FreeBSD"]`;
    expect(await jailWith(async () => mirrors)).toMatchObject({
      exitCode: 0,
      method: 'http',
      host: site.url,
    });

    site.put(`mirror/${MANIFEST}`, '');
    expect(await jailWith(async () => `mirrors = ["${site.url}/mirror"]`)).toMatchObject({
      exitCode: 0,
      method: `url=${site.url}/mirror/releases/amd64/15.1-RELEASE`,
    });
  });

  it('come from the archive when no mirror has them, with a warning', async () => {
    const site = await DownloadSite.start({});
    const found = await jailWith(async () => `mirrors = ["${site.url}"]\narchive = "${site.url}/old"`);
    expect(found).toMatchObject({ exitCode: 0, method: `url=${site.url}/old/amd64/15.1-RELEASE` });
    expect(found.stderr).toContain('archive of ended releases');
    expect(await jailWith(async () => `mirrors = ["${site.url}"]`)).toMatchObject({ method: 'ftp-archive' });
  });

  it('come from a folder instead of the network, which must have them', async () => {
    const found = await jailWith(async ({ folder }) => {
      await mkdir(join(folder, 'sets/releases/amd64/15.1-RELEASE'), { recursive: true });
      await writeFile(join(folder, 'sets', MANIFEST), '');
      return `directory = "../sets"`;
    });
    expect(found).toMatchObject({ exitCode: 0 });
    expect(found.method).toMatch(/^url=file:\/\/\/.*\/sets\/releases\/amd64\/15\.1-RELEASE$/);
    const none = await jailWith(async () => 'directory = "../none"');
    expect([none.exitCode, none.method]).toEqual([65, undefined]);
    expect(none.stderr).toContain('MANIFEST is not there');
  });
});
