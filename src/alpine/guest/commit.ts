import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { checkOverlay } from '../overlay/check.ts';
import type { OverlayProblem } from '../overlay/problem.ts';
import { inMemory } from '../overlay/archive.ts';
import { scanOverlay } from '../overlay/scan.ts';
import { decodeArchive, keepGeneration } from './generations.ts';
import type { InstalledGuest } from './installed.ts';
import { inGuest } from './ssh.ts';

export interface Committed {
  /** The generation that holds the state before, which `rollback` goes back to. */
  readonly before: string;
  /** The generation that holds the new state. */
  readonly generation: string;
  readonly problems: readonly OverlayProblem[];
}

/**
 * Makes the changes in a running guest permanent: `lbu commit` writes its overlay disk. The overlays before and after
 * are kept on the host as generations, and the new one is checked.
 */
export async function commitGuest(installed: InstalledGuest, signal: AbortSignal): Promise<Committed> {
  const { guest, site } = installed;
  if (guest.overlayReadonly)
    throw new PodbsdError({
      doing: `committing ${guest.name}`,
      problem: 'its overlay disk is read-only for the guest (overlay_readonly = true)',
      remedy: 'change the overlay with podbsd alpine overlay while the guest is stopped',
      exitCode: ExitCode.usage,
    });
  const before = await pull(installed, signal);
  const kept = await keep(installed, before);
  await inGuest(installed, ['lbu', 'commit'], { signal });
  const after = await pull(installed, signal);
  const judge = async (): Promise<OverlayProblem[]> =>
    checkOverlay(await scanOverlay(inMemory(after, `of ${guest.name}`)));
  const problems = (await site.host.perform('check the new overlay', judge)) ?? [];
  return { before: kept, generation: await keep(installed, after), problems };
}

/**
 * The overlay on the guest's disk. Base64, because the connection carries text. The host name has no special
 * characters.
 */
async function pull(installed: InstalledGuest, signal: AbortSignal): Promise<Buffer> {
  const path = `/media/apkovl/${installed.guest.hostname}.apkovl.tar.gz`;
  return decodeArchive((await inGuest(installed, ['base64', path], { signal })).stdout);
}

async function keep(installed: InstalledGuest, overlay: Buffer): Promise<string> {
  const work = (): Promise<string> => keepGeneration(installed, overlay, new Date());
  const folder = installed.paths.generations;
  return (await installed.site.host.perform(`keep the overlay in ${folder}`, work)) ?? '';
}
