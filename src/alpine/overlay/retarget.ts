import { addedText } from './addition.ts';
import { findMember, planAddition } from './edit.ts';
import type { OverlayPlan } from './rewrite.ts';
import type { OverlayMember } from './scan.ts';

const PATH = 'etc/apk/repositories';

/**
 * Points the repositories of an overlay to another branch: packages must come from the branch of the ISO image. Lines
 * of other forms (the boot medium, a private repository, edge) stay as they are.
 */
export function planRetarget(members: readonly OverlayMember[], branch: string): OverlayPlan {
  const member = findMember(members, PATH, 'of the guest');
  if (member.kind !== 'file') return { changes: new Map(), added: [] };
  return planAddition(
    members,
    addedText(PATH, retargetRepositories(member.content.toString('utf8'), branch)),
  );
}

export function retargetRepositories(text: string, branch: string): string {
  return text.replaceAll(
    /\/(?:latest-stable|v\d+\.\d+)\/(main|community)$/gm,
    (_, name: string) => `/${branch}/${name}`,
  );
}
