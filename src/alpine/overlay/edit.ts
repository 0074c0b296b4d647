import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { OverlayEntry } from './entry.ts';

/** A path as people write it (`/etc/motd`, `etc/motd/`) as overlays know it (`etc/motd`). */
export function overlayPath(text: string): string {
  const parts = text.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.length < 2 || parts.includes('..') || /[\0\n]/.test(text))
    throw new PodbsdError({
      doing: `looking at the path ${text}`,
      problem:
        'a path in an overlay names something below a folder of the root, like /etc/motd, and holds no ..',
      exitCode: ExitCode.usage,
    });
  return parts.join('/');
}

/** The entry at a path. */
export function findEntry(entries: readonly OverlayEntry[], path: string, label: string): OverlayEntry {
  const found = entries.find((entry) => entry.path === path);
  if (found !== undefined) return found;
  throw new PodbsdError({
    doing: `reading the overlay ${label}`,
    problem: `there is no /${path} in it`,
    remedy: `podbsd alpine overlay ls ${label}`,
    exitCode: ExitCode.data,
  });
}

/** Adds entries or replaces those of the same path. A directory is not replaced by a file while it holds something. */
export function addEntries(entries: readonly OverlayEntry[], added: readonly OverlayEntry[]): OverlayEntry[] {
  for (const entry of added) {
    const below = entries.find((other) => other.path.startsWith(`${entry.path}/`));
    const above = entries.find(
      (other) => other.type !== 'directory' && entry.path.startsWith(`${other.path}/`),
    );
    if ((below !== undefined && entry.type !== 'directory') || above !== undefined)
      throw new PodbsdError({
        doing: `adding /${entry.path} to the overlay`,
        problem:
          above === undefined
            ? 'there is a folder of that name with content'
            : `/${above.path} is not a folder`,
        remedy: 'remove it first with podbsd alpine overlay rm',
        exitCode: ExitCode.data,
      });
  }
  const paths = new Set(added.map((entry) => entry.path));
  return [...entries.filter((entry) => !paths.has(entry.path)), ...added];
}

/** Removes the entry at a path and everything below it. */
export function removeEntries(entries: readonly OverlayEntry[], path: string, label: string): OverlayEntry[] {
  const left = entries.filter((entry) => entry.path !== path && !entry.path.startsWith(`${path}/`));
  if (left.length === entries.length) findEntry(entries, path, label);
  return left;
}
