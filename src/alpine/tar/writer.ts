import { BLOCK, changeHeader, padding, type HeaderChange } from './header.ts';
import { formatPax, parsePax } from './pax.ts';
import type { Extension, TarMember } from './reader.ts';

/** Everything that precedes a member's content, byte for byte. */
export function headOf({ extensions, block, sparse }: TarMember): Buffer {
  return Buffer.concat([...extensions.flatMap(extensionBlocks), block, sparse]);
}

const PAX_KEYS: Readonly<Record<string, readonly string[]>> = {
  name: ['path', 'GNU.sparse.name'],
  linkTarget: ['linkpath'],
};

/** The same with some values changed. Everything else stays unchanged, in its original dialect. */
export function changedHead(member: TarMember, change: HeaderChange): Buffer {
  const { name = member.name, linkTarget = member.linkTarget } = change;
  const replaced = new Set(Object.keys(change).flatMap((key) => PAX_KEYS[key] ?? [key]));
  const extensions = member.extensions.flatMap((one) => without(one, replaced));
  const long = [
    ...(replaced.has('path') ? longText('L', name) : []),
    ...(replaced.has('linkpath') ? longText('K', linkTarget) : []),
  ];
  const block = changeHeader(member.block, change);
  return Buffer.concat([...long, ...extensions.flatMap(extensionBlocks), block, member.sparse]);
}

/** Names over 100 bytes in the format of GNU tar, which busybox's tar reads as well; it does not read pax. */
export function longText(type: 'L' | 'K', text: string): Buffer[] {
  if (text.length <= 100) return [];
  const data = Buffer.from(`${text}\0`, 'latin1');
  const empty = Buffer.alloc(BLOCK);
  empty.write(type, 156, 'latin1');
  empty.write('ustar  \0', 257, 'latin1');
  const values = { name: '././@LongLink', mode: 0, uid: 0, gid: 0, size: data.length, mtime: 0 };
  return [changeHeader(empty, values), data, Buffer.alloc(padding(data.length))];
}

function extensionBlocks({ block, data, fill }: Extension): Buffer[] {
  return [block, data, fill];
}

/** An extension without the values that are replaced; none when nothing is left of it. */
function without(extension: Extension, replaced: ReadonlySet<string>): Extension[] {
  const { type, block, data } = extension;
  if (type === 'L') return replaced.has('path') ? [] : [extension];
  if (type === 'K') return replaced.has('linkpath') ? [] : [extension];
  const records = type === 'A' ? undefined : parsePax(data);
  const left = records?.filter(({ key }) => !replaced.has(key));
  if (records === undefined || left === undefined || left.length === records.length) return [extension];
  if (left.length === 0) return [];
  const bytes = formatPax(left);
  const fill = Buffer.alloc(padding(bytes.length));
  return [{ type, block: changeHeader(block, { size: bytes.length }), data: bytes, fill }];
}
