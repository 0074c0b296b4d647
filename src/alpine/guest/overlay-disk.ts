import { readOverlayFromMedia, replaceOverlay } from '../media/media.ts';
import { importOverlay } from '../overlay/import.ts';
import { packOverlay } from '../overlay/pack.ts';
import { retargetOverlay } from '../overlay/retarget.ts';
import type { InstalledGuest } from './installed.ts';
import { keepGeneration } from './generations.ts';

/** Puts another overlay on the guest's disk; the one that was there becomes a generation. The guest is stopped. */
export async function exchangeOverlay(installed: InstalledGuest, overlay: Uint8Array): Promise<void> {
  const { site, paths } = installed;
  // In a dry run the disk may not be there yet, or is not what it would be by now.
  if (site.host.dryRun) {
    await site.host.upload('the overlay', paths.overlayDisk);
    return;
  }
  const current = await readOverlayFromMedia(site.host, paths.overlayDisk);
  if (Buffer.compare(current, overlay) === 0) return;
  await keepGeneration(installed, current, new Date());
  await replaceOverlay(site.host, paths.overlayDisk, overlay);
}

/**
 * Makes the overlay fetch its packages from a branch.
 * @returns the overlay as it was before, to put back when the new release fails; undefined when nothing was changed.
 */
export async function changeBranch(installed: InstalledGuest, branch: string): Promise<Buffer | undefined> {
  const { site, paths, guest } = installed;
  if (guest.branch === branch) return undefined;
  if (site.host.dryRun) {
    await exchangeOverlay(installed, Buffer.alloc(0));
    return undefined;
  }
  const before = await readOverlayFromMedia(site.host, paths.overlayDisk);
  const { entries } = await importOverlay(before, paths.overlayDisk);
  await exchangeOverlay(installed, packOverlay(retargetOverlay(entries, branch)));
  return before;
}
