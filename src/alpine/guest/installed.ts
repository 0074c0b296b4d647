import { join } from 'node:path/posix';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { readGuest, type Guest } from '../bundle.ts';
import { bundleFiles } from '../bundle-files.ts';
import { guestMac, guestUuid } from '../identity.ts';
import { findVmDir, type VmDir } from '../site/vm-dir.ts';
import type { Site } from '../site/site.ts';
import { OVERLAY_DISK } from '../vm-conf.ts';

/** An installed guest. */
export interface InstalledGuest {
  readonly guest: Guest;
  readonly site: Site;
  readonly vmDir: VmDir;
  readonly paths: GuestPaths;
}

/** Where the parts of a guest lie on the FreeBSD host. */
export interface GuestPaths {
  /** vm-bhyve's folder of the guest. */
  readonly folder: string;
  readonly conf: string;
  readonly overlayDisk: string;
  /** podbsd's own data about it; only root may read it. */
  readonly state: string;
  readonly knownHosts: string;
  readonly userKey: string;
  /** Earlier overlays. */
  readonly generations: string;
  /** vm-bhyve's lock of a running guest; it names the host. */
  readonly lock: string;
  /** bhyve's socket of the port on which the guest reports. */
  readonly reportSocket: string;
}

export function guestPaths(vmDir: string, name: string): GuestPaths {
  const folder = join(vmDir, name);
  const state = join(folder, 'podbsd');
  return {
    folder,
    conf: join(folder, bundleFiles.conf(name)),
    overlayDisk: join(folder, OVERLAY_DISK),
    state,
    knownHosts: join(state, bundleFiles.knownHosts),
    userKey: join(state, bundleFiles.userKey),
    generations: join(state, 'generations'),
    lock: join(folder, 'run.lock'),
    reportSocket: join(folder, 'vtcon.podbsd'),
  };
}

/**
 * The installed guest of this name. In a dry run on another system a guest with the default settings is assumed.
 * @throws PodbsdError when there is none, or one that podbsd did not create.
 */
export async function installedGuest(site: Site, name: string): Promise<InstalledGuest> {
  const vmDir = !site.host.answers ? { path: '/vm', dataset: 'zroot/vm' } : await findVmDir(site);
  if (vmDir === undefined)
    throw new PodbsdError({
      doing: `looking for the guest ${name}`,
      problem: 'vm-bhyve is not set up on this host (rc.conf has no vm_dir)',
      remedy: `podbsd alpine create ${name} && podbsd alpine install ${name}`,
      exitCode: ExitCode.host,
    });
  const paths = guestPaths(vmDir.path, name);
  if (!site.host.answers) return { guest: assumedGuest(name), site, vmDir, paths };
  const foreign =
    (await site.host.stat(paths.state)) === undefined && (await site.host.stat(paths.conf)) !== undefined;
  if (foreign)
    throw new PodbsdError({
      doing: `looking for the guest ${name}`,
      problem: `${paths.folder} belongs to a guest that podbsd did not create`,
      remedy: 'use vm(8) for it',
      exitCode: ExitCode.data,
    });
  const guest = await readGuest(
    site.host,
    paths.state,
    `podbsd alpine install adds a guest; vm list shows all of them`,
  );
  return { guest, site, vmDir, paths };
}

function assumedGuest(name: string): Guest {
  return {
    format: 1,
    name,
    hostname: name,
    uuid: guestUuid(name),
    mac: guestMac(name),
    engine: 'podman',
    mirror: 'https://dl-cdn.alpinelinux.org/alpine',
    branch: 'latest-stable',
    overlayReadonly: false,
    dataMegabytes: 0,
    vmDir: '/vm',
    dataset: 'zroot/vm',
    switch: 'public',
    hostKey: '',
    ownKey: true,
  };
}
