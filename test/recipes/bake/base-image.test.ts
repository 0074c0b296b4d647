import { describe, expect, it } from 'vitest';
import { findChecksum } from '../../../src/recipes/bake/base-checksum.ts';
import { checksumUrl, chooseBaseImage, type BaseImage } from '../../../src/recipes/bake/base-image.ts';
import { parseConfig } from '../../../src/config/load.ts';

const sum = 'a'.repeat(64);

function choose(text: string, commandLine?: string): BaseImage {
  return chooseBaseImage(parseConfig(text, 'podbsd.toml'), '/project', commandLine);
}

describe('the base image', () => {
  it('is by default the newest release on ZFS, with a checksum that podbsd knows', () => {
    const name = 'FreeBSD-15.1-RELEASE-amd64-BASIC-CLOUDINIT-zfs.qcow2.xz';
    const path = `VM-IMAGES/15.1-RELEASE/amd64/Latest/${name}`;
    expect(choose('')).toEqual({
      kind: 'download',
      urls: [`https://download.freebsd.org/releases/${path}`],
      archived: `https://ftp-archive.freebsd.org/pub/FreeBSD-Archive/old-releases/${path}`,
      path: `releases/${path}`,
      name,
      directory: undefined,
      sha256: '4159e137d4a78f46b62d3523edd9a4dc79fd0cdcf17e34e531342f52333f4131',
      changes: false,
    });
  });

  it.each(['zfs', 'ufs'])(
    'of arm64 on %s is found under FreeBSD’s two names of that processor',
    (filesystem) => {
      const image = choose(`build.architecture = "arm64"\nbake.filesystem = "${filesystem}"`);
      expect(image).toMatchObject({
        path: `releases/VM-IMAGES/15.1-RELEASE/aarch64/Latest/FreeBSD-15.1-RELEASE-arm64-aarch64-BASIC-CLOUDINIT-${filesystem}.qcow2.xz`,
      });
      expect(image.kind === 'download' && image.sha256).toMatch(/^[0-9a-f]{64}$/);
    },
  );

  it('of another release has no checksum until one is configured, and a configured one wins', () => {
    expect(choose('build.release = "14.4-RELEASE"')).toMatchObject({ sha256: undefined });
    expect(choose('build.release = "15.1-RELEASE-p2"')).toEqual(choose(''));
    const name = 'FreeBSD-15.1-RELEASE-amd64-BASIC-CLOUDINIT-zfs.qcow2.xz';
    expect(choose(`[bake.sha256]\n"${name}" = "${sum}"`)).toMatchObject({ sha256: sum });
  });

  it('is on each mirror in the order given; weekly images change, and are in no archive; an own address is the only one', () => {
    expect(
      choose('[build]\nrelease = "CURRENT"\n[download]\nmirrors = ["http://a/pub/FreeBSD/", "https://b"]'),
    ).toMatchObject({
      urls: [
        /^http:\/\/a\/pub\/FreeBSD\/snapshots\/VM-IMAGES\/16\.0-CURRENT\//,
        /^https:\/\/b\/snapshots\//,
      ].map((pattern) => expect.stringMatching(pattern) as string),
      archived: undefined,
      changes: true,
    });
    expect(choose('[bake]\nurl = "https://c/{release}.qcow2.xz"')).toMatchObject({
      urls: ['https://c/15.1-RELEASE.qcow2.xz'],
      archived: undefined,
      name: '15.1-RELEASE.qcow2.xz',
    });
  });

  it('of the command line goes before that of the configuration, whose path starts at its file', () => {
    expect(choose('bake.base_image = "images/own.raw"')).toEqual({
      kind: 'file',
      path: '/project/images/own.raw',
    });
    expect(choose('bake.base_image = "own.raw"', '/here/other.qcow2')).toEqual({
      kind: 'file',
      path: '/here/other.qcow2',
    });
  });
});

describe('the published checksums', () => {
  const list = 'https://example.org/a/CHECKSUM.SHA256';

  it('lie beside the image', () => {
    expect(checksumUrl('https://example.org/a/image.xz?x=1')).toBe(list);
  });

  it('are read in the forms of sha256(1) and sha256sum(1), for exactly this name', () => {
    const text = `SHA256 (image.qcow2.xz.sig) = ${'b'.repeat(64)}\nSHA256 (image.qcow2.xz) = ${sum.toUpperCase()}\n`;
    expect(findChecksum(text, 'image.qcow2.xz', list)).toBe(sum);
    expect(findChecksum(`${sum}  image.raw.xz\n`, 'image.raw.xz', list)).toBe(sum);
  });

  it('that do not name the image are an error with the setting that helps', () => {
    expect(() => findChecksum('SHA256 (other) = 12\n', 'image', list)).toThrow(/does not name it/);
  });
});
