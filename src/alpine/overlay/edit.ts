import { dirname } from 'node:path/posix';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { addedFolder, type Addition } from './addition.ts';
import type { MemberChange, OverlayPlan } from './rewrite.ts';
import { effective, nameBytes, nameText, type OverlayMember } from './scan.ts';

/** Converts a path as users write it (`/etc/motd`, `etc/motd/`) to the form used in overlays (`etc/motd`). */
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

/** The member at a path: the last one counts. */
export function findMember(members: readonly OverlayMember[], path: string, label: string): OverlayMember {
  const found = effective(members).find((member) => member.path === nameBytes(path));
  if (found !== undefined) return found;
  throw new PodbsdError({
    doing: `reading the overlay ${label}`,
    problem: `there is no /${path} in it`,
    remedy: `podbsd alpine overlay ls ${label}`,
    exitCode: ExitCode.data,
  });
}

/**
 * Adds something, or replaces what has the same path; missing parent folders are added.
 * @throws PodbsdError when a folder with content, or a file where a folder would have to be, is in the way.
 */
export function planAddition(members: readonly OverlayMember[], addition: Addition): OverlayPlan {
  const path = nameBytes(addition.path);
  const existing = effective(members);
  const below = existing.find((other) => other.path.startsWith(`${path}/`));
  const above = existing.find((other) => other.kind !== 'directory' && path.startsWith(`${other.path}/`));
  if ((below !== undefined && addition.kind !== 'directory') || above !== undefined)
    throw new PodbsdError({
      doing: `adding /${addition.path} to the overlay`,
      problem:
        above === undefined
          ? 'there is a folder of that name with content'
          : `/${nameText(above.path)} is not a folder`,
      remedy: 'remove it first with podbsd alpine overlay rm',
      exitCode: ExitCode.data,
    });
  const same = members.filter((member) => member.path === path && member.kind !== 'other');
  const [before, ...again] = same;
  if (before === undefined)
    return { changes: new Map(), added: [...missingFolders(existing, path), addition] };
  refuseLinked(members, new Set([path]));
  const last = same.at(-1) ?? before;
  const changes = new Map<number, MemberChange>([
    [before.index, { replacement: addition, before: last }],
    ...again.map(({ index }) => [index, 'remove'] as const),
  ]);
  return { changes, added: [] };
}

/** Removes what is at a path and everything below it. */
export function planRemoval(members: readonly OverlayMember[], path: string, label: string): OverlayPlan {
  const wanted = nameBytes(path);
  const going = members.filter((member) => member.path === wanted || member.path.startsWith(`${wanted}/`));
  if (going.length === 0) findMember(members, path, label);
  refuseLinked(members, new Set(going.map((member) => member.path)));
  return { changes: new Map(going.map(({ index }) => [index, 'remove' as const])), added: [] };
}

/** The content of a file with several hard links is stored once in the archive, under its first name. */
function refuseLinked(members: readonly OverlayMember[], going: ReadonlySet<string>): void {
  const targetOf = ({ linkTarget }: OverlayMember): string => linkTarget.replace(/^(\.?\/)+/, '');
  const link = members.find(
    (member) => member.kind === 'hardlink' && !going.has(member.path) && going.has(targetOf(member)),
  );
  if (link === undefined) return;
  throw new PodbsdError({
    doing: 'changing the overlay',
    problem: `/${nameText(link.path)} is a hard link to /${nameText(targetOf(link))}, whose content it would lose`,
    remedy: `remove that first: podbsd alpine overlay rm FILE ${nameText(link.path)}`,
    exitCode: ExitCode.data,
  });
}

/** Without an entry apk makes folders 0755, and sshd wants `root/.ssh` 0700. The outermost comes first. */
function missingFolders(existing: readonly OverlayMember[], path: string): Addition[] {
  const there = new Set(existing.map((member) => member.path));
  const missing: Addition[] = [];
  for (let folder = dirname(path); folder !== '.' && !there.has(folder); folder = dirname(folder))
    missing.unshift(addedFolder(nameText(folder), folderMode(folder)));
  return missing;
}

/** Permissions of a folder that has no entry of its own. */
export function folderMode(path: string): number {
  return path === 'root' || path.endsWith('/.ssh') ? 0o700 : 0o755;
}
