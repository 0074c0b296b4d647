import { CACHE_LINK, strayReason, type CheckOptions } from './check.ts';
import type { OverlayEntry } from './entry.ts';

/**
 * Puts right in an imported overlay what has one right answer: names and owners are right already, here go leftovers,
 * the cache link where the disk is read-only, and permissions that sshd or common sense refuse. What a person has to
 * decide stays.
 */
export function repairOverlay(entries: readonly OverlayEntry[], options: CheckOptions = {}): OverlayEntry[] {
  return entries
    .filter(({ path }) => strayReason(path) === undefined)
    .filter(({ path }) => options.readonlyDisk !== true || path !== CACHE_LINK)
    .map((entry) => (entry.type === 'symlink' ? entry : { ...entry, mode: rightMode(entry) }));
}

function rightMode({ type, path, mode }: Exclude<OverlayEntry, { type: 'symlink' }>): number {
  if (/^etc\/ssh\/ssh_host_[a-z0-9]+_key$/.test(path)) return 0o600;
  const sticky = (mode & 0o1000) !== 0;
  const closed = sticky ? mode : mode & ~0o002;
  return type === 'directory' ? closed | 0o700 : closed;
}
