import { checkOverlay, normalPath, type CheckOptions, type OverlayProblem } from './check.ts';
import { directory, file, link, type OverlayEntry } from './entry.ts';
import { unpackOverlay, type RawMember } from './unpack.ts';

export interface ImportedOverlay {
  /** What the archive holds, owners and names put right. */
  readonly entries: OverlayEntry[];
  /** What was wrong with the archive as it came. */
  readonly problems: OverlayProblem[];
}

/** Reads an overlay that podbsd, `lbu` or somebody's tar has made, and judges it. */
export async function importOverlay(
  archive: Uint8Array,
  label: string,
  options: CheckOptions = {},
): Promise<ImportedOverlay> {
  const members = await unpackOverlay(archive, label);
  const files = new Map<string, RawMember>();
  const entries = members.map((member) => entryOf(member, files)).filter((entry) => entry !== undefined);
  return { entries: lastOfEach(entries), problems: checkOverlay(members, options) };
}

/** @param files the files so far: a hard link becomes a file of its own with the same content. */
function entryOf(member: RawMember, files: Map<string, RawMember>): OverlayEntry | undefined {
  const path = normalPath(member.name);
  if (path === '' || path.split('/').includes('..')) return undefined;
  switch (member.type) {
    case 'Directory':
      return directory(path, member.mode);
    case 'SymbolicLink':
      return link(path, member.linkTarget);
    case 'File':
    case 'OldFile':
      files.set(path, member);
      return file(path, member.content, member.mode);
    case 'Link': {
      const first = files.get(normalPath(member.linkTarget));
      return first === undefined ? undefined : file(path, first.content, first.mode);
    }
    default:
      return undefined;
  }
}

function lastOfEach(entries: readonly OverlayEntry[]): OverlayEntry[] {
  return [...new Map(entries.map((entry) => [entry.path, entry])).values()];
}
