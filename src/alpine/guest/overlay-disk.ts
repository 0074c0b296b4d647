import { readOverlayFromMedia, replaceOverlay } from '../media/media.ts';
import { inMemory } from '../overlay/archive.ts';
import { planRetarget } from '../overlay/retarget.ts';
import { packed } from '../overlay/rewrite.ts';
import { scanOverlay } from '../overlay/scan.ts';
import type { InstalledGuest } from './installed.ts';
import { keepGeneration } from './generations.ts';

/** Puts another overlay on the guest's disk; the previous one becomes a generation. The guest must be stopped. */
export async function exchangeOverlay(
  installed: InstalledGuest,
  wanted: () => Promise<Uint8Array>,
): Promise<void> {
  const { site, paths } = installed;
  await site.host.perform(`put an overlay on ${paths.overlayDisk}`, async () => {
    const overlay = await wanted();
    const current = await readOverlayFromMedia(paths.overlayDisk);
    if (Buffer.compare(current, overlay) === 0) return;
    await keepGeneration(installed, current, new Date());
    await replaceOverlay(paths.overlayDisk, overlay);
  });
}

/**
 * Makes the overlay fetch its packages from a branch.
 * @returns the overlay as it was before, to put back when the new release fails; undefined when nothing was changed.
 */
export async function changeBranch(installed: InstalledGuest, branch: string): Promise<Buffer | undefined> {
  const { paths, guest } = installed;
  if (guest.branch === branch) return undefined;
  let before: Buffer | undefined;
  await exchangeOverlay(installed, async () => {
    before = await readOverlayFromMedia(paths.overlayDisk);
    const archive = inMemory(before, paths.overlayDisk);
    return await packed(archive, planRetarget(await scanOverlay(archive), branch));
  });
  return before;
}
