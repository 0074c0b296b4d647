import type { HeaderChange } from '../tar/header.ts';
import { addedText } from './addition.ts';
import { checkOverlay } from './check.ts';
import type { CheckOptions } from './problem.ts';
import { strayReason } from './rules/archive.ts';
import { CACHE_LINK, DEFAULT_SERVICES, missingServices } from './rules/boot.ts';
import type { MemberChange, OverlayPlan } from './rewrite.ts';
import { normalPath, type OverlayMember } from './scan.ts';

/**
 * Corrects in an overlay what has only one right answer: names, owners of what the system reads, leftovers, the cache
 * link where the disk is read-only, unsafe permissions, and the marker file for missing boot services. What the user
 * has to decide stays as it is.
 */
export function planRepair(members: readonly OverlayMember[], options: CheckOptions = {}): OverlayPlan {
  const changes = new Map<number, MemberChange>();
  for (const member of members) {
    if (member.kind === 'other') continue;
    const goes =
      member.path === '' ||
      member.path.split('/').includes('..') ||
      strayReason(member.path) !== undefined ||
      (options.readonlyDisk === true && member.path === CACHE_LINK);
    const header = goes ? undefined : rightHeader(member);
    if (goes) changes.set(member.index, 'remove');
    else if (header !== undefined && Object.keys(header).length > 0) changes.set(member.index, { header });
  }
  const added = missingServices(members).length > 0 ? [addedText(DEFAULT_SERVICES, '')] : [];
  return { changes, added };
}

function rightHeader(member: OverlayMember): HeaderChange {
  const { kind, path } = member;
  const name = kind === 'directory' ? `${path}/` : path;
  const linkTarget = kind === 'hardlink' ? normalPath(member.linkTarget) : member.linkTarget;
  const mode = rightMode(member);
  // Checked alone and under its corrected name, so that a finding about the owner can only concern this member.
  const isForeign = checkOverlay([{ ...member, name }]).some(({ problem }) =>
    problem.startsWith('belongs to'),
  );
  return {
    ...(name === member.name ? {} : { name }),
    ...(linkTarget === member.linkTarget ? {} : { linkTarget }),
    ...(mode === member.mode ? {} : { mode }),
    ...(isForeign ? { uid: 0, gid: 0, uname: 'root', gname: 'root' } : {}),
  };
}

function rightMode({ kind, path, mode }: OverlayMember): number {
  if (kind === 'symlink' || kind === 'hardlink') return mode;
  if (/^etc\/ssh\/ssh_host_[a-z0-9]+_key$/.test(path)) return 0o600;
  const sticky = (mode & 0o1000) !== 0;
  const closed = sticky ? mode : mode & ~0o002;
  return kind === 'directory' ? closed | 0o700 : closed;
}
