import { basename, join } from 'node:path/posix';
import { PodbsdError } from '../../ground/errors.ts';
import { formatGuest } from '../bundle.ts';
import { bundleFiles } from '../bundle-files.ts';
import { branchOfIso } from '../release/iso-name.ts';
import { readSetting, replaceSetting } from '../vm-conf.ts';
import type { InstalledGuest } from './installed.ts';
import { placeIso } from './iso.ts';
import { changeBranch, exchangeOverlay } from './overlay-disk.ts';
import { startGuest, stopGuest, waitReachable } from './run.ts';

export interface UpgradeInput {
  /** Path of the new ISO image on this machine. */
  readonly iso: string;
  /** Seconds for the old system to shut down and for the new one to be reachable. */
  readonly stopLimit: number;
  readonly readyLimit: number;
  readonly signal: AbortSignal;
  readonly say: (line: string) => void;
}

/**
 * Boots a guest from another ISO image. The old image stays until the guest can be reached; when that does not
 * happen in time, configuration and overlay are put back and the guest is started as it was.
 *
 * @returns false when the guest boots from that image already.
 */
export async function upgradeGuest(installed: InstalledGuest, input: UpgradeInput): Promise<boolean> {
  const { site, paths, vmDir, guest } = installed;
  const { host } = site;
  const oldConf = (await host.readText(paths.conf)) ?? '';
  const oldIso = readSetting(oldConf, 'disk0_name');
  const iso = await placeIso(site, vmDir.path, input.iso);
  if (iso === oldIso) return false;
  const branch = branchOfIso(basename(iso));
  const stop = { limit: input.stopLimit, signal: input.signal };
  const ready = { limit: input.readyLimit, signal: input.signal };

  await stopGuest(installed, stop);
  let oldOverlay: Buffer | undefined;
  try {
    oldOverlay = await changeBranch(installed, branch);
    await host.writeFile(paths.conf, replaceSetting(oldConf, 'disk0_name', iso));
    await startGuest(installed);
    await waitReachable(installed, ready);
  } catch (error) {
    input.say(
      `The guest does not run with ${basename(iso)}: going back to ${basename(oldIso ?? 'the old image')}.`,
    );
    await stopGuest(installed, { limit: input.stopLimit });
    await host.writeFile(paths.conf, oldConf);
    const before = oldOverlay;
    if (before !== undefined) await exchangeOverlay(installed, async () => before);
    await startGuest(installed);
    if (!(error instanceof PodbsdError)) throw error;
    throw new PodbsdError({
      doing: `upgrading ${guest.name} to ${basename(iso)}`,
      problem: `${error.problem}\nThe guest runs with its old image again.`,
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
      exitCode: error.exitCode,
      cause: error,
    });
  }
  const settled = formatGuest({ ...guest, branch });
  await host.writeFile(join(paths.state, bundleFiles.guest), settled, { mode: 0o600 });
  if (oldIso !== undefined) await removeUnused(installed, oldIso);
  return true;
}

/** Removes an old image of ours that no guest boots from any more. */
async function removeUnused({ site, vmDir }: InstalledGuest, iso: string): Promise<void> {
  if (!/^alpine-virt-[^/]+\.iso$/.test(basename(iso)) || !iso.startsWith(join(vmDir.path, '.iso/'))) return;
  for (const name of (await site.host.list(vmDir.path)) ?? []) {
    const conf = await site.host.readText(join(vmDir.path, name, `${name}.conf`));
    if (conf?.includes(basename(iso)) === true) return;
  }
  await site.host.remove(iso);
}
