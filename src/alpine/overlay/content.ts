import type { TarReader } from '../tar/reader.ts';
import { readArchive, type OverlayArchive } from './archive.ts';
import { normalPath, type OverlayMember } from './scan.ts';

/** The content of a file, piece by piece, also under the name of a hard link to it. Undefined for what has none. */
export function contentOf(
  archive: OverlayArchive,
  members: readonly OverlayMember[],
  member: OverlayMember,
): AsyncIterable<Buffer> | undefined {
  const file = member.kind === 'hardlink' && member.stored === 0 ? firstName(members, member) : member;
  const isFile = file?.kind === 'file' || file?.kind === 'hardlink';
  if (file === undefined || !isFile || file.isSparse) return undefined;
  return readArchive(archive, (reader) => find(reader, file.index));
}

async function* find(reader: TarReader, index: number): AsyncGenerator<Buffer> {
  for (let member = await reader.next(); member !== undefined; member = await reader.next()) {
    if (member.index !== index) continue;
    yield* reader.content(member);
    return;
  }
}

function firstName(members: readonly OverlayMember[], link: OverlayMember): OverlayMember | undefined {
  const target = normalPath(link.linkTarget);
  return members.findLast(
    ({ path, kind, index }) => path === target && kind === 'file' && index < link.index,
  );
}
