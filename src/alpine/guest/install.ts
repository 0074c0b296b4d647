import { basename, join } from 'node:path';
import type { Host } from '../../host/host.ts';
import { requireAll } from '../../ground/lack/lack.ts';
import { formatGuest, readGuest, type Guest } from '../bundle.ts';
import { bundleFiles } from '../bundle-files.ts';
import { readOverlayFromMedia } from '../media/media.ts';
import { branchOfIso } from '../release/iso-name.ts';
import { prepareHost } from '../site/prepare.ts';
import type { Site } from '../site/site.ts';
import { DATA_DISK, OVERLAY_DISK, readSetting, replaceSetting } from '../vm-conf.ts';
import { keepGeneration } from './generations.ts';
import { guestPaths, type InstalledGuest } from './installed.ts';
import { installLacks, type InstallSources } from './install-lacks.ts';
import { placeIso } from './iso.ts';
import { changeBranch } from './overlay-disk.ts';

export interface InstallInput extends InstallSources {
  /** This machine, where the bundle lies; in a dry run it is read although nothing is written. */
  readonly local: Host;
}

/**
 * Prepares the host where needed and installs a guest. Installing it again replaces configuration and overlay (the old
 * overlay becomes a generation) and keeps the data disk.
 */
export async function installGuest(site: Site, input: InstallInput): Promise<InstalledGuest> {
  const { host } = site;
  const guest = await readGuest(input.local, input.bundle, 'podbsd alpine create makes such a folder');
  requireAll(`installing ${guest.name}`, await installLacks(site, guest, input));
  const vmDir = await prepareHost(site, guest);
  const installed: InstalledGuest = { guest, site, vmDir, paths: guestPaths(vmDir.path, guest.name) };
  const iso = await placeIso(site, vmDir.path, input.iso);
  await makeFolder(installed);
  await copyBundle(installed, input, iso);
  await makeDataDisk(installed);
  const branch = branchOfIso(basename(iso));
  await changeBranch(installed, branch);
  const settled: Guest = { ...guest, branch };
  // Written last: a folder without this file was not installed completely.
  await host.writeFile(join(installed.paths.state, bundleFiles.guest), formatGuest(settled), { mode: 0o600 });
  return { ...installed, guest: settled };
}

/** A dataset of its own where vm-bhyve uses ZFS, as `vm create` would make it. */
async function makeFolder({ site, vmDir, paths, guest }: InstalledGuest): Promise<void> {
  if ((await site.host.stat(paths.folder)) === undefined) {
    if (vmDir.dataset === undefined) await site.host.mkdir(paths.folder);
    else await site.host.run(['zfs', 'create', `${vmDir.dataset}/${guest.name}`]);
  }
  await site.host.mkdir(paths.state, { mode: 0o700 });
}

async function copyBundle(
  installed: InstalledGuest,
  { local, bundle }: InstallInput,
  iso: string,
): Promise<void> {
  const { site, paths, guest } = installed;
  const { host } = site;
  const confText = (await local.readText(join(bundle, bundleFiles.conf(guest.name)))) ?? '';
  if ((await host.stat(paths.overlayDisk)) !== undefined)
    await keepGeneration(installed, await readOverlayFromMedia(paths.overlayDisk), new Date());
  await host.upload(join(bundle, OVERLAY_DISK), `${paths.overlayDisk}.part`);
  await host.rename(`${paths.overlayDisk}.part`, paths.overlayDisk);
  await host.upload(join(bundle, bundleFiles.knownHosts), paths.knownHosts);
  if (guest.ownKey) {
    const key = await local.readText(join(bundle, bundleFiles.userKey));
    await host.writeFile(paths.userKey, key ?? '', { mode: 0o600 });
  }
  await host.writeFile(paths.conf, replaceSetting(confText, 'disk0_name', iso));
}

/** The data disk takes space only as it fills. An existing one holds containers and is kept. */
async function makeDataDisk({ site, paths, guest }: InstalledGuest): Promise<void> {
  const path = join(paths.folder, DATA_DISK);
  if (guest.dataMegabytes === 0 || (await site.host.stat(path)) !== undefined) return;
  await site.host.run(['truncate', '-s', `${guest.dataMegabytes}M`, path]);
}

/** The ISO image that an installed guest boots. */
export async function isoOf({ site, paths }: InstalledGuest): Promise<string | undefined> {
  const conf = await site.host.readText(paths.conf);
  return conf === undefined ? undefined : readSetting(conf, 'disk0_name');
}
