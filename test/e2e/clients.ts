import { join } from 'node:path';
import { debianPackages, notServed, type Suite } from '../support/debian.ts';

/**
 * A released podman as a Debian release ships it, together with that release's QEMU, gvproxy and virtiofsd. The next one
 * is one entry in `clients`.
 */
export interface PodmanClient {
  readonly version: string;
  /** QEMU of the same release. */
  readonly qemu: string;
  readonly suite: Suite;
  /** The package; `podman/experimental` takes it from that part of the archive. */
  readonly package: string;
  /** Debian 12 has no gvproxy; the static program of Debian 13 runs there. */
  readonly gvproxyFrom: Suite;
  /** The option of `machine init` that names the image. */
  readonly imageOption: '--image-path' | '--image';
  /** Whether `podbsd setup-podman` prepares the host: for podman that shares by virtiofs. */
  readonly needsSetup: boolean;
  /** The API socket that gvproxy opens on the host for this machine. */
  apiSocket(folders: { readonly home: string; readonly runtime: string }, machine: string): string;
}

/** What podman 5 and 6 have in common. */
const since5 = {
  package: 'podman',
  imageOption: '--image',
  needsSetup: true,
  apiSocket: ({ runtime }: { readonly runtime: string }, machine: string) =>
    `${runtime}/podman/${machine}-api.sock`,
} as const;

export const podman43: PodmanClient = {
  version: '4.3.1',
  qemu: '7.2',
  suite: 'bookworm',
  package: 'podman',
  gvproxyFrom: 'trixie',
  imageOption: '--image-path',
  needsSetup: false,
  apiSocket: ({ home }, machine) => `${home}/.local/share/containers/podman/machine/${machine}/podman.sock`,
};

export const podman54: PodmanClient = {
  ...since5,
  version: '5.4.2',
  qemu: '10.0',
  suite: 'trixie',
  gvproxyFrom: 'trixie',
};

export const podman58: PodmanClient = {
  ...since5,
  version: '5.8.6',
  qemu: '11.1',
  suite: 'forky',
  gvproxyFrom: 'forky',
};

export const podman61: PodmanClient = {
  ...since5,
  version: '6.1.1',
  qemu: '11.1',
  suite: 'experimental',
  package: 'podman/experimental',
  gvproxyFrom: 'experimental',
};

export const clients: readonly PodmanClient[] = [podman43, podman54, podman58, podman61];

/** 5.4.2 on a host that `podbsd setup-podman` has not prepared: folders go through the real virtiofsd. */
export const podman54Unprepared: PodmanClient = { ...podman54, needsSetup: false };

/** Why a client cannot be tried: its suite or its version has gone from the mirror. Undefined when it can. */
export async function clientUnavailable({
  suite,
  package: name,
  version,
}: PodmanClient): Promise<string | undefined> {
  return await notServed(suite, name, version);
}

/** Everything of the client's Debian release that a machine needs, unpacked into one tree with all libraries. */
export async function clientTree(client: PodmanClient): Promise<string> {
  const own = client.gvproxyFrom === client.suite ? ['gvproxy', 'virtiofsd'] : [];
  return await debianPackages(client.suite, [client.package, ...own, 'qemu-system-x86', 'qemu-utils'], {
    withDependencies: true,
  });
}

/** gvproxy is a static program. */
export async function gvproxy(suite: Suite = 'trixie'): Promise<string> {
  return join(await debianPackages(suite, ['gvproxy']), 'usr/bin/gvproxy');
}
