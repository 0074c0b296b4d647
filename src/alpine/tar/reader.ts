import type { ByteSource } from './byte-source.ts';
import { CutShort } from './cut-short.ts';
import { BLOCK, decodeHeader, padding, type TarHeader } from './header.ts';
import { parsePax } from './pax.ts';

export type TarKind = 'file' | 'directory' | 'symlink' | 'hardlink' | 'device' | 'fifo' | 'other';

/** Blocks that describe the next member: a long name, pax records. */
export interface Extension {
  readonly type: string;
  /** Its own header. */
  readonly block: Buffer;
  readonly data: Buffer;
  /** Padding of the last block; most writers use zeros. */
  readonly fill: Buffer;
}

/** What precedes a member's content: the stored blocks and their meaning. Names are bytes as latin1 text. */
export interface TarMember extends TarHeader {
  /** Position in the archive, from 0. */
  readonly index: number;
  readonly kind: TarKind;
  readonly extensions: readonly Extension[];
  readonly block: Buffer;
  /** Further blocks of a sparse file's header. */
  readonly sparse: Buffer;
  /** The content in the archive is not the file's own: a map of holes is part of it, or holes are left out. */
  readonly isSparse: boolean;
  /** Bytes of content in the archive, without padding. */
  readonly stored: number;
}

/** There is no valid header where one should be. */
export class NotTar extends Error {}

const KINDS: Readonly<Record<string, TarKind>> = {
  ...{
    0: 'file',
    1: 'hardlink',
    2: 'symlink',
    3: 'device',
    4: 'device',
    5: 'directory',
    6: 'fifo',
    7: 'file',
  },
  ...{ S: 'file', D: 'directory' },
};

/** x and X: pax records; L and K: GNU's long name and link target; A: access rights of Solaris. */
const EXTENSIONS = 'xXLKA';

/** Limit for names and attributes, which need kilobytes; bytes. */
const MAX_EXTENSION = 1024 * 1024;

/** Reads one member after the other. The content of each must be read or skipped before the next is requested. */
export class TarReader {
  readonly #source: ByteSource;
  #index = 0;
  /** Bytes of the current member that were not read yet. */
  #left = 0;
  /** The block of zeros that ends the archive. */
  #end: Buffer | undefined;

  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** The next member, undefined at the end. */
  async next(): Promise<TarMember | undefined> {
    const rest = this.#source.exactly(this.#left)[Symbol.asyncIterator]();
    while ((await rest.next()).done !== true);
    this.#left = 0;
    const extensions: Extension[] = [];
    for (;;) {
      const block = await this.#block();
      if (block === undefined) {
        if (extensions.length > 0) throw new CutShort();
        return undefined;
      }
      const header = decodeHeader(block);
      if (header === undefined)
        throw new NotTar(`there is no header of a file at byte ${this.#source.position - BLOCK}`);
      if (!EXTENSIONS.includes(header.type)) return await this.#member(header, block, extensions);
      if (header.size > MAX_EXTENSION) throw new NotTar('a name or its attributes take more than 1 MiB');
      extensions.push({ type: header.type, block, ...(await this.#data(header.size)) });
    }
  }

  /** The content of the current member with its padding, unchanged. */
  async *stored(): AsyncGenerator<Buffer> {
    const count = this.#left;
    this.#left = 0;
    yield* this.#source.exactly(count);
  }

  /** The content of the current member. */
  async *content(member: TarMember): AsyncGenerator<Buffer> {
    this.#left -= member.stored;
    yield* this.#source.exactly(member.stored);
  }

  /** The end of the archive, unchanged: two blocks of zeros and whatever follows; nothing where there is none. */
  async *tail(): AsyncGenerator<Buffer> {
    if (this.#end === undefined) return;
    yield this.#end;
    yield* this.#source.all();
  }

  async #block(): Promise<Buffer | undefined> {
    const block = await this.#source.take(BLOCK);
    if (block.length === 0) return undefined;
    if (block.length < BLOCK) throw new CutShort();
    if (!block.every((byte) => byte === 0)) return block;
    this.#end = block;
    return undefined;
  }

  async #data(size: number): Promise<{ data: Buffer; fill: Buffer }> {
    const bytes = await this.#source.take(size + padding(size));
    if (bytes.length < size + padding(size)) throw new CutShort();
    return { data: bytes.subarray(0, size), fill: bytes.subarray(size) };
  }

  async #member(header: TarHeader, block: Buffer, extensions: readonly Extension[]): Promise<TarMember> {
    const sparse: Buffer[] = [];
    // GNU's old sparse files: a flag says whether another block of the map follows.
    for (let more = header.type === 'S' && block[482] === 1; more;) {
      const next = await this.#source.take(BLOCK);
      if (next.length < BLOCK) throw new CutShort();
      sparse.push(next);
      more = next[504] === 1;
    }
    const said = meaning(header, extensions);
    const isFolder = said.type === '0' && said.name.endsWith('/');
    const kind = isFolder ? 'directory' : (KINDS[said.type] ?? 'other');
    // Links, devices and folders have no content, whatever their size says, except for links with content in pax
    // archives.
    const { paxSize, isSparse, ...values } = said;
    const isEmpty = ['1', '2', '3', '4', '5', '6'].includes(said.type) && !paxSize;
    const stored = isEmpty || isFolder ? 0 : said.size;
    this.#left = stored + padding(stored);
    return {
      ...{ ...values, index: this.#index++, kind, extensions, block, sparse: Buffer.concat(sparse) },
      ...{ isSparse: isSparse || said.type === 'S', stored },
    };
  }
}

/** The header with the values of its extensions applied. */
function meaning(
  header: TarHeader,
  extensions: readonly Extension[],
): TarHeader & { paxSize: boolean; isSparse: boolean } {
  const said: Record<string, string> = {};
  for (const { type, data } of extensions) {
    const text = data.toString('latin1').replace(/\0.*$/s, '');
    if (type === 'L') said['path'] = text;
    if (type === 'K') said['linkpath'] = text;
    if (type !== 'x' && type !== 'X') continue;
    const records = parsePax(data);
    if (records === undefined) throw new NotTar('the pax header of a file is not well-formed');
    for (const { key, value } of records) said[key] = value;
  }
  const numeric = (key: string, otherwise: number): number => Number(said[key] ?? otherwise);
  return {
    ...header,
    name: said['GNU.sparse.name'] ?? said['path'] ?? header.name,
    linkTarget: said['linkpath'] ?? header.linkTarget,
    uid: numeric('uid', header.uid),
    gid: numeric('gid', header.gid),
    uname: said['uname'] ?? header.uname,
    gname: said['gname'] ?? header.gname,
    mtime: numeric('mtime', header.mtime),
    size: numeric('size', header.size),
    paxSize: said['size'] !== undefined,
    isSparse: Object.keys(said).some((key) => key.startsWith('GNU.sparse.')),
  };
}
