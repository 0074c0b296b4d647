import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { InstalledGuest } from './installed.ts';
import { requireStopped } from './state.ts';

/**
 * Removes a stopped guest with all that belongs to it. vm-bhyve destroys the folder or dataset of the guest; ISO
 * images, switches and packages stay.
 *
 * @param confirmed the user has said that the data may go, or wants to see only what would be done.
 */
export async function removeGuest({ site, guest, paths }: InstalledGuest, confirmed: boolean): Promise<void> {
  await requireStopped(site, guest.name, `removing ${guest.name}`);
  if (!confirmed)
    throw new PodbsdError({
      doing: `removing ${guest.name}`,
      problem: `this destroys ${paths.folder} with its overlay, its generations and the data disk with all containers`,
      remedy: `podbsd alpine rm --yes ${guest.name}`,
      exitCode: ExitCode.usage,
    });
  // Unlike vm start, vm destroy refuses a lock left behind by a crash of this host.
  if ((await site.host.stat(paths.lock)) !== undefined) await site.host.remove(paths.lock);
  await site.host.run(['vm', 'destroy', '-f', guest.name]);
}
