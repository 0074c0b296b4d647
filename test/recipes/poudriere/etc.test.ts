import { execa } from 'execa';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../../src/ground/assets.ts';
import { etcFiles } from '../../../src/recipes/poudriere/etc.ts';
import { formatPackageList, parsePackageList } from '../../../src/recipes/shared/package-list.ts';
import { buildPaths } from '../../../src/recipes/poudriere/paths.ts';
import { compareVersions } from '../../../src/ground/versions.ts';
import { parsePoudriereVersion } from '../../../src/recipes/poudriere/version.ts';

describe("Poudriere's etc directory", () => {
  it('is read by a real shell without one word of it being run', async () => {
    const settings = {
      pool: "z'$(touch /tmp/x)",
      dataset: 'podbsd',
      jobs: 3,
      neverFetched: ['podbsd-guest', 'b'],
      proxies: { HTTPS_PROXY: `http://u:it's@proxy:3128` },
    };
    const [[path, text] = ['', '']] = await etcFiles(
      buildPaths({ directory: '/b', dataset: 'podbsd' }),
      settings,
    );
    expect(path).toBe('/b/etc/poudriere.conf');
    const script = `${text}\nprintf '%s\\n' "$ZPOOL" "$ZROOTFS" "$BASEFS" "$PARALLEL_JOBS" "$PACKAGE_FETCH_BLACKLIST" "$NOLINUX"; sh -c 'echo $HTTPS_PROXY'`;
    const { stdout } = await execa('sh', ['-euc', script]);
    expect(stdout.split('\n')).toEqual([
      settings.pool,
      '/podbsd',
      '/b/poudriere',
      '3',
      'podbsd-guest b',
      'yes',
      "http://u:it's@proxy:3128",
    ]);
  });

  it('keeps the make.conf of the ports away from the world, and names each file for its jail', async () => {
    const files = await etcFiles(buildPaths({ directory: '/b', dataset: 'podbsd' }), {
      pool: 'zroot',
      dataset: 'podbsd',
      neverFetched: [],
      proxies: {},
    });
    expect(files.map(([path]) => path)).toEqual([
      '/b/etc/poudriere.conf',
      '/b/etc/poudriere.d/podbsd-podbsdports-make.conf',
      '/b/etc/poudriere.d/podbsd-src.conf',
      '/b/etc/poudriere.d/image-podbsd-src.conf',
    ]);
  });

  it('excludes nothing that pkg or the kernel need', async () => {
    const excludes = (await readFile(join(packageRoot, 'poudriere/etc/image-excludes'), 'utf8'))
      .trim()
      .split('\n');
    // pkg reads the ABI from crt1.o, and tar's patterns match at any depth.
    for (const kept of ['usr/lib/crt1.o', 'boot/kernel/kernel', 'boot/kernel/p9fs.ko', 'usr/lib', 'boot'])
      expect(excludes).not.toContain(kept);
  });
});

describe('package lists', () => {
  it('have no remarks when Poudriere gets them: 3.4 takes every line for an origin', () => {
    const parsed = parsePackageList('# all\n\nsysutils/podman   # engine\n textproc/jq\nsysutils/podman\n');
    expect(formatPackageList(parsed)).toBe('sysutils/podman\ntextproc/jq\n');
  });
});

describe('versions', () => {
  it('of Poudriere tell release and development apart', () => {
    expect(parsePoudriereVersion('poudriere-git-3.4.8\n')).toEqual({ text: '3.4.8', development: false });
    expect(parsePoudriereVersion('poudriere-git-3.4.99.20260523')?.development).toBe(true);
    expect(parsePoudriereVersion('sh: poudriere: not found')).toBeUndefined();
  });

  it('are compared number by number', () => {
    expect(compareVersions('5.10.1', '5.9')).toBeGreaterThan(0);
    expect(compareVersions('5.7.1_1', '6')).toBeLessThan(0);
    expect(compareVersions('6.0.0', '6')).toBe(0);
  });
});
