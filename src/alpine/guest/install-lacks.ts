import { join } from 'node:path';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { refusal, type Lack } from '../../ground/lack/lack.ts';
import { lackOfFile } from '../../ground/lack/reading.ts';
import { bundleFiles } from '../bundle-files.ts';
import type { Guest } from '../bundle.ts';
import { cardOfNewSwitch } from '../site/prepare.ts';
import type { Site } from '../site/site.ts';
import { findVmDir } from '../site/vm-dir.ts';
import { OVERLAY_DISK } from '../vm-conf.ts';
import { guestPaths, type GuestPaths } from './installed.ts';
import { requireStopped } from './state.ts';

/** Where the parts of an installation come from. */
export interface InstallSources {
  /** Folder that `create` has made. */
  readonly bundle: string;
  /** Path of the ISO image. */
  readonly iso: string;
}

/** Everything that is in the way of an installation, found before this host is changed for it. */
export async function installLacks(
  site: Site,
  guest: Guest,
  { bundle, iso }: InstallSources,
): Promise<readonly (Lack | undefined)[]> {
  const parts = await bundleLacks(guest, bundle);
  // For the commands of a host that is only imagined no ISO image need be there.
  return site.host.answers ? [...parts, ...(await hostLacks(site, guest, iso))] : parts;
}

/** What `create` has made, and somebody may have taken out of the folder since. */
async function bundleLacks(guest: Guest, bundle: string): Promise<readonly (Lack | undefined)[]> {
  const names = [OVERLAY_DISK, bundleFiles.conf(guest.name), bundleFiles.knownHosts];
  const remedy = 'podbsd alpine create makes the folder';
  return await Promise.all(
    [...names, ...(guest.ownKey ? [bundleFiles.userKey] : [])].map((name) =>
      lackOfFile(join(bundle, name), 'the file', remedy),
    ),
  );
}

async function hostLacks(site: Site, guest: Guest, iso: string): Promise<readonly (Lack | undefined)[]> {
  const vmDir = await findVmDir(site);
  return [
    await lackOfFile(iso, 'the ISO image', 'podbsd alpine fetch'),
    await refusal(() => cardOfNewSwitch(site, guest)),
    ...(vmDir === undefined
      ? []
      : [
          await refusal(() => refuseForeign(site, guest.name, guestPaths(vmDir.path, guest.name))),
          await refusal(() => requireStopped(site, guest.name, `installing ${guest.name}`)),
        ]),
  ];
}

async function refuseForeign({ host }: Site, name: string, paths: GuestPaths): Promise<void> {
  if ((await host.stat(paths.conf)) === undefined || (await host.stat(paths.state)) !== undefined) return;
  throw new PodbsdError({
    doing: `installing ${name}`,
    problem: `${paths.folder} belongs to a guest that podbsd did not create`,
    remedy: 'choose another name with podbsd alpine create',
    exitCode: ExitCode.data,
  });
}
