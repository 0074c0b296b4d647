import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { readOverlayFromMedia } from '../media/media.ts';
import { listGenerations, readGeneration } from './generations.ts';
import type { InstalledGuest } from './installed.ts';
import { exchangeOverlay } from './overlay-disk.ts';
import { requireStopped } from './state.ts';

/**
 * Puts an earlier overlay back on the disk of a stopped guest. What is there now becomes a generation, so that
 * nothing is lost.
 *
 * @param wanted the generation; without it the newest that differs from what is there.
 * @returns the generation that was put back.
 */
export async function rollbackGuest(installed: InstalledGuest, wanted?: string): Promise<string> {
  const { guest, site } = installed;
  await requireStopped(site, guest.name, `rolling ${guest.name} back`);
  const id = wanted ?? (await newestOther(installed));
  if (site.host.answers) await readGeneration(installed, id);
  await exchangeOverlay(installed, () => readGeneration(installed, id));
  return id;
}

async function newestOther(installed: InstalledGuest): Promise<string> {
  const { guest, site, paths } = installed;
  if (!site.host.answers) return 'the newest generation';
  const current = await readOverlayFromMedia(paths.overlayDisk);
  for (const id of await listGenerations(installed)) {
    if (Buffer.compare(await readGeneration(installed, id), current) !== 0) return id;
  }
  throw new PodbsdError({
    doing: `rolling ${guest.name} back`,
    problem: 'there is no earlier overlay',
    remedy: `podbsd alpine commit ${guest.name} and podbsd alpine install keep earlier ones`,
    exitCode: ExitCode.failed,
  });
}
