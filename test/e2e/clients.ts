import { debianPackages, type Suite } from '../support/debian.ts';

/** A released podman as a Debian release ships it. */
export interface PodmanClient {
  readonly version: string;
  readonly suite: Suite;
  /** podman and the libraries that it needs, to be run with the loader of the same release. */
  readonly packages: readonly string[];
  /** The option of `machine init` that names the image. */
  readonly imageOption: '--image-path' | '--image';
  /** Whether `podbsd setup-podman` has to prepare the host: for podman that shares by virtiofs. */
  readonly needsSetup: boolean;
  /** The API socket that gvproxy opens on the host for this machine. */
  apiSocket(folders: { readonly home: string; readonly runtime: string }, machine: string): string;
}

export const podman43: PodmanClient = {
  version: '4.3.1',
  suite: 'bookworm',
  packages: [
    'podman',
    'libassuan0',
    'libc6',
    'libdevmapper1.02.1',
    'libgcc-s1',
    'libgpg-error0',
    'libgpgme11',
  ].concat(
    ['libacl1', 'libattr1', 'libaudit1', 'libbz2-1.0', 'libcap-ng0', 'libcap2', 'libcrypt1', 'libpam0g'],
    ['libpcre2-8-0', 'libseccomp2', 'libselinux1', 'libsemanage2', 'libsepol2', 'libsubid4', 'libudev1'],
  ),
  imageOption: '--image-path',
  needsSetup: false,
  apiSocket: ({ home }, machine) => `${home}/.local/share/containers/podman/machine/${machine}/podman.sock`,
};

export const podman54: PodmanClient = {
  version: '5.4.2',
  suite: 'trixie',
  packages: [
    'podman',
    'libassuan9',
    'libc6',
    'libgcc-s1',
    'libgpg-error0',
    'libgpgme11t64',
    'libseccomp2',
  ].concat(
    [
      'libacl1',
      'libattr1',
      'libaudit1',
      'libbsd0',
      'libbz2-1.0',
      'libcap-ng0',
      'libcrypt1',
      'libmd0',
      'libpam0g',
    ],
    ['libpcre2-8-0', 'libselinux1', 'libsemanage2', 'libsepol2', 'libsqlite3-0', 'libsubid5'],
  ),
  imageOption: '--image',
  needsSetup: true,
  apiSocket: ({ runtime }, machine) => `${runtime}/podman/${machine}-api.sock`,
};

/** The same on a host that `podbsd setup-podman` has not prepared: folders go through the real virtiofsd. */
export const podman54Unprepared: PodmanClient = {
  ...podman54,
  packages: [...podman54.packages, 'virtiofsd'],
  needsSetup: false,
};

/** gvproxy is a static program of Debian 13; Debian 12 has none. */
export async function gvproxy(): Promise<string> {
  return `${await debianPackages('trixie', ['gvproxy'])}/usr/bin/gvproxy`;
}
