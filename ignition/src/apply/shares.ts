import { loadDriver, mountedShares, mountShare, presentTags, tagOnHost, unmount } from '../freebsd/p9fs.ts';
import { homesOf, isMountPoint, whyNotCovered } from '../freebsd/share-targets.ts';
import type { System } from '../system/system.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureDirectory, leadsTo, safePath } from './place.ts';

/** A folder of the host and where podman wants it. */
export interface Share {
  /** As podman names it. */
  readonly tag: string;
  readonly target: string;
  readonly readOnly: boolean;
}

export type MountOutcome =
  | { readonly kind: 'mounted' }
  /** The folder is not available for a share. */
  | { readonly kind: 'kept'; readonly reason: string }
  /** The host offers no 9P share of this name: podman 5.2 and later offer virtiofs only, unless the host side helps. */
  | { readonly kind: 'not-offered'; readonly reason: string };

/** What the user needs to know: podman 5.2 and later on Linux know no other way. */
const onlyVirtiofs =
  'podman offers folders of the host by virtiofs, which FreeBSD cannot use; run "podbsd setup-podman" on the host once ' +
  '(if that was done, "podbsd doctor" says what is wrong) and start the machine again';

/** Mounts a share, once, exactly there, or where root's links lead from there. If that fails, no empty folder stays. */
export function putShare(context: Context, share: Share): MountOutcome {
  const { system } = context;
  const target = leadsTo(system, share.target);
  const homes = homesOf(context.accounts()).map((home) => realHome(system, home));
  const reason = whyNotCovered(target, homes);
  if (reason !== undefined) return { kind: 'kept', reason };
  const tag = tagOnHost(share.tag);
  const missing = whyNotOffered(system, tag);
  if (missing !== undefined) {
    removeEmpty(system, target);
    return { kind: 'not-offered', reason: missing };
  }
  const mounted = mountedShares(system);
  if (
    mounted.some((other) => other.tag === tag && other.target === target && other.readOnly === share.readOnly)
  ) {
    return { kind: 'mounted' };
  }
  // A tag can be mounted only once, and whatever is there was put there for an earlier configuration.
  for (const other of mounted.filter((known) => known.tag === tag || known.target === target)) {
    const problem = unmount(system, other.target);
    if (problem !== undefined) throw new Error(`${other.tag} is still in use at ${other.target}: ${problem}`);
  }
  if (system.lstat(safePath(context, target, rootOwned)) === undefined)
    ensureDirectory(context, target, 0o755, rootOwned);
  mountShare(system, { tag, target, readOnly: share.readOnly });
  return { kind: 'mounted' };
}

function whyNotOffered(system: System, tag: string): string | undefined {
  if (presentTags(system).includes(tag)) return undefined;
  const noDriver = loadDriver(system);
  if (noDriver !== undefined) return `this FreeBSD has no driver for shares: ${noDriver}`;
  return presentTags(system).includes(tag) ? undefined : onlyVirtiofs;
}

/**
 * podman has made the folder just before, or it is left from a time when the share was there. Left empty, containers
 * could bind it and nobody would notice that the files are missing. Only an empty folder of root's goes.
 */
function removeEmpty(system: System, target: string): void {
  const there = system.lstat(target);
  if (
    isMountPoint(target) ||
    there?.type !== 'directory' ||
    there.uid !== 0 ||
    system.list(target).length > 0
  )
    return;
  try {
    system.remove(target);
  } catch {
    // Something is mounted there, or it has been filled meanwhile: then it may stay.
  }
}

/** A home to which no trusted path leads is taken as the account names it. */
function realHome(system: System, home: string): string {
  try {
    return leadsTo(system, home);
  } catch {
    return home;
  }
}
