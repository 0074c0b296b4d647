import type { Release } from '../../config/release.ts';

/** Which of the images of a release. */
export interface ImageKind {
  readonly architecture: 'amd64' | 'arm64';
  readonly filesystem: 'zfs' | 'ufs';
}

/** Where FreeBSD's servers list the releases of which they have images. */
export const LISTING = 'releases/VM-IMAGES/';

/** The words that stand for an image in addresses: FreeBSD calls one processor by two names. */
export function imageWords(release: Release, { architecture, filesystem }: ImageKind) {
  const amd64 = architecture === 'amd64';
  return {
    folder: release.folder,
    release: release.name,
    processor: amd64 ? 'amd64' : 'aarch64',
    target: amd64 ? 'amd64' : 'arm64-aarch64',
    filesystem,
  };
}

/** The path of an image on a mirror. */
export function imagePath(release: Release, kind: ImageKind): string {
  const { folder, release: name, processor, target, filesystem } = imageWords(release, kind);
  const file = `FreeBSD-${name}-${target}-BASIC-CLOUDINIT-${filesystem}.qcow2.xz`;
  return `${folder}/VM-IMAGES/${name}/${processor}/Latest/${file}`;
}

/** The folder of a mirror with the distribution sets of a release, which bsdinstall and Poudriere take. */
export function setsPath({ folder, name }: Release, architecture: ImageKind['architecture']): string {
  return `${folder}/${architecture === 'amd64' ? 'amd64' : 'arm64/aarch64'}/${name}`;
}

/** The same on the archive of ended releases; undefined for what it does not have. */
export function archivePath(path: string): string | undefined {
  return path.startsWith('releases/') ? path.slice('releases/'.length) : undefined;
}

/**
 * The releases in a folder listing of a web server, the newest first. The links alone count, so that it does not matter
 * which server made it: `href="15.1-RELEASE/"`, with or without a path in front.
 */
export function releasesIn(html: string): readonly string[] {
  const links = html.matchAll(/\bhref\s*=\s*["']?(?:[^"'\s>]*\/)?(\d{1,2})\.(\d{1,2})-RELEASE\/?["'\s>]/gi);
  const versions = new Map(
    [...links].map(([, major, minor]) => [`${major}.${minor}`, [Number(major), Number(minor)]]),
  );
  return [...versions]
    .sort(([, [a = 0, b = 0]], [, [c = 0, d = 0]]) => c - a || d - b)
    .map(([version]) => `${version}-RELEASE`);
}
