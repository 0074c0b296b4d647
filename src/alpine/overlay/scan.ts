import type { TarMember, TarReader } from '../tar/reader.ts';
import { broken, readArchive, type OverlayArchive } from './archive.ts';

/** A member of an overlay as it is stored, unchecked. */
export interface OverlayMember extends TarMember {
  /** Its path in the guest: no `./`, no slash at the end. Bytes as latin1 text, as in `name`. */
  readonly path: string;
  /** The content of the few files that podbsd checks; empty for all others. */
  readonly content: Buffer;
}

/** Files that `check` looks into. */
const JUDGED = /^etc\/(passwd|group|shadow|fstab|hostname|apk\/repositories)$/;
/** Such a file is never larger; bytes. */
const MAX_JUDGED = 1024 * 1024;

/**
 * Lists an overlay in the order of the archive.
 * @throws PodbsdError (exit code `data`) when it is encrypted, cut short or no archive at all.
 */
export async function scanOverlay(archive: OverlayArchive): Promise<OverlayMember[]> {
  const members: OverlayMember[] = [];
  for await (const member of readArchive(archive, scan)) members.push(member);
  if (members.length === 0) throw broken(archive, 'holds no files');
  return members;
}

async function* scan(reader: TarReader): AsyncGenerator<OverlayMember> {
  for (let member = await reader.next(); member !== undefined; member = await reader.next()) {
    const path = normalPath(member.name);
    const content: Buffer[] = [];
    if (JUDGED.test(path) && member.stored <= MAX_JUDGED)
      for await (const piece of reader.content(member)) content.push(piece);
    yield { ...member, path, content: Buffer.concat(content) };
  }
}

/** The path a member unpacks to: no `./`, no slash at the end. */
export function normalPath(name: string): string {
  return name
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
}

/** The last member of each path is what the guest has. Headers that are no files are left out. */
export function effective(members: readonly OverlayMember[]): OverlayMember[] {
  const files = members.filter(({ kind, path }) => kind !== 'other' && path !== '');
  return [...new Map(files.map((member) => [member.path, member])).values()];
}

/** The bytes of a name as text: UTF-8 where they are such. */
export function nameText(bytes: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(bytes, 'latin1'));
  } catch {
    return bytes.replace(/[\x80-\xff]/g, (letter) => `\\x${letter.charCodeAt(0).toString(16)}`);
  }
}

/** Text given by the user, as the bytes of a name. */
export function nameBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
