import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../src/config/load.ts';
import { parseRelease, servingReleases } from '../../src/config/release.ts';
import { builderConfig } from '../../src/recipes/bake/builder.ts';
import { releaseHasP9fs, releaseOsVersion, requireServing } from '../../src/recipes/shared/release.ts';

describe('[build] release', () => {
  it.each([
    ['15.1-RELEASE', '15.1-RELEASE', 'releases'],
    ['15.1-RELEASE-p2', '15.1-RELEASE', 'releases'],
    ['15.1-release', '15.1-RELEASE', 'releases'],
    ['15.1', '15.1-RELEASE', 'releases'],
    ['15', '15.1-RELEASE', 'releases'],
    ['14.5', '14.5-RELEASE', 'releases'],
    ['15.2-RC2', '15.2-RC2', 'releases'],
    ['15.2-BETA1', '15.2-BETA1', 'releases'],
    ['15-STABLE', '15.1-STABLE', 'snapshots'],
    ['14-STABLE', '14.5-STABLE', 'snapshots'],
    ['15.2-STABLE', '15.2-STABLE', 'snapshots'],
    ['15.2-PRERELEASE', '15.2-PRERELEASE', 'snapshots'],
    ['CURRENT', '16.0-CURRENT', 'snapshots'],
    ['16-CURRENT', '16.0-CURRENT', 'snapshots'],
  ])('%s is %s, of the download site’s %s', (text, name, folder) => {
    expect(parseRelease(text)).toMatchObject({ name, folder });
    expect(parseConfig(`build.release = "${text}"`, 'podbsd.toml').build.release).toBe(text);
  });

  it.each([
    '',
    '-',
    'STABLE',
    'RELEASE',
    '15.',
    '15.1-',
    '15.1-RELEASE-2',
    'bookworm',
    '15.1-RELEASE;x',
    '15.1RELEASE',
    '99',
    '99.1-RELEASE',
  ])('%j is none, and the error shows what is', (text) => {
    expect(parseRelease(text)).toBeUndefined();
    expect(() => parseConfig(`build.release = "${text}"`, 'podbsd.toml')).toThrow(
      /like 15\.1-RELEASE, 15\.1/,
    );
  });

  it('says what a kernel must be at least, and which have p9fs', () => {
    const parsed = (text: string) => parseRelease(text) ?? expect.fail(text);
    expect(releaseOsVersion(parsed('15.1-RELEASE-p2'))).toBe(1501000);
    const names = ['13.5', '14.3-RELEASE', '14.4-RELEASE', '15.0-RELEASE', 'CURRENT', ...servingReleases()];
    expect(names.filter((name) => !releaseHasP9fs(parsed(name)))).toEqual(['13.5', '14.3-RELEASE']);
  });

  it.each(['13.5-RELEASE', '13.2', '14.3-RELEASE', '12-STABLE'])(
    '%s cannot serve, and is told which can',
    (text) => {
      const config = parseConfig(`build.release = "${text}"`, 'podbsd.toml');
      expect(() => requireServing(config.build)).toThrow(/has no p9fs/);
      expect(() => requireServing({ ...config.build, base: 'source' })).not.toThrow();
      expect(() => requireServing(builderConfig(config).build)).not.toThrow();
    },
  );
});
