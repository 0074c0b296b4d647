import { contentOf } from '../../../src/alpine/overlay/content.ts';
import { withOverlay } from '../../../src/alpine/overlay/file.ts';
import { inMemory } from '../../../src/alpine/overlay/archive.ts';
import { checkOverlay } from '../../../src/alpine/overlay/check.ts';
import type { CheckOptions, OverlayProblem } from '../../../src/alpine/overlay/problem.ts';
import { effective, scanOverlay } from '../../../src/alpine/overlay/scan.ts';

/** A member of an overlay with its whole content. */
export interface ReadMember {
  readonly path: string;
  readonly kind: string;
  readonly mode: number;
  readonly target: string;
  readonly content: Buffer;
}

/** Everything in an overlay, an archive or a disk, as the guest would have it. */
export async function readMembers(file: string): Promise<ReadMember[]> {
  return await withOverlay(file, {}, async ({ archive, members }) => {
    const found: ReadMember[] = [];
    for (const member of effective(members)) {
      const content: Buffer[] = [];
      for await (const piece of contentOf(archive, members, member) ?? []) content.push(piece);
      const { path, kind, mode, linkTarget: target } = member;
      found.push({ path, kind, mode, target, content: Buffer.concat(content) });
    }
    return found;
  });
}

/** What is wrong with an overlay in memory. */
export async function judge(archive: Uint8Array, options: CheckOptions = {}): Promise<OverlayProblem[]> {
  return checkOverlay(await scanOverlay(inMemory(archive, 'docker.apkovl.tar.gz')), options);
}
