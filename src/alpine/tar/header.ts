/**
 * The block of 512 bytes in front of each member of a tar archive, in all its dialects: v7, POSIX ustar, GNU, star
 * (tar(5), "Extending tar" in the manual of GNU tar). Names are bytes: they are kept as latin1 text, one letter a byte.
 */

export const BLOCK = 512;

export interface TarHeader {
  readonly name: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of content, as the header says; links may have a size and no content. */
  readonly size: number;
  /** Seconds since 1970. */
  readonly mtime: number;
  /** `0` file, `1` hard link, `2` symbolic link, `5` directory, `x` pax records, `L` GNU long name ... */
  readonly type: string;
  readonly linkTarget: string;
  readonly uname: string;
  readonly gname: string;
}

const FIELDS = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  mtime: [136, 12],
  checksum: [148, 8],
  type: [156, 1],
  linkTarget: [157, 100],
  magic: [257, 8],
  uname: [265, 32],
  gname: [297, 32],
} as const;
type Field = keyof typeof FIELDS;

/** What a header block says; undefined when its checksum is wrong. */
export function decodeHeader(block: Buffer): TarHeader | undefined {
  if (!sums(block).includes(number(block, 'checksum'))) return undefined;
  const hasNames = text(block, 'magic').startsWith('ustar');
  const prefix = prefixOf(block);
  const name = text(block, 'name');
  const type = block.toString('latin1', 156, 157).replace('\0', '0');
  return {
    name: prefix === '' ? name : `${prefix}/${name}`,
    mode: number(block, 'mode') & 0o7777,
    uid: number(block, 'uid'),
    gid: number(block, 'gid'),
    size: number(block, 'size'),
    mtime: number(block, 'mtime'),
    type,
    linkTarget: text(block, 'linkTarget'),
    uname: hasNames ? text(block, 'uname') : '',
    gname: hasNames ? text(block, 'gname') : '',
  };
}

/**
 * POSIX puts the beginning of a long name at 345; GNU stores other data there, and star uses a part of it for times.
 */
function prefixOf(block: Buffer): string {
  if (block.toString('latin1', 257, 263) !== 'ustar\0') return '';
  const isStar = block.toString('latin1', 508, 512) === 'tar\0';
  return ended(block.toString('latin1', 345, isStar ? 476 : 500));
}

/** Old tars added the bytes as signed numbers. */
function sums(block: Buffer): [unsigned: number, signed: number] {
  let [unsigned, signed] = [8 * 0x20, 8 * 0x20];
  for (const [index, byte] of block.entries()) {
    if (index >= 148 && index < 156) continue;
    unsigned += byte;
    signed += byte < 128 ? byte : byte - 256;
  }
  return [unsigned, signed];
}

function text(block: Buffer, field: Field): string {
  const [start, length] = FIELDS[field];
  return ended(block.toString('latin1', start, start + length));
}

function ended(bytes: string): string {
  const end = bytes.indexOf('\0');
  return end === -1 ? bytes : bytes.slice(0, end);
}

/** Octal digits; GNU and star write what does not fit in base 256, with the first bit set. */
function number(block: Buffer, field: Field): number {
  const [start, length] = FIELDS[field];
  const first = block.readUInt8(start);
  if (first < 0x80) return Number.parseInt(text(block, field).trim() || '0', 8);
  let value = first === 0xff ? -1 : first & 0x7f;
  for (const byte of block.subarray(start + 1, start + length)) value = value * 256 + byte;
  return value;
}

export type HeaderChange = Partial<
  Pick<TarHeader, 'name' | 'linkTarget' | 'mode' | 'uid' | 'gid' | 'size' | 'mtime' | 'uname' | 'gname'>
>;

/** A copy with other values; everything else, its dialect too, stays. Names that are too long are cut. */
export function changeHeader(block: Buffer, change: HeaderChange): Buffer {
  const copy = Buffer.from(block);
  const put = (field: Field, bytes: string): void => {
    const [start, length] = FIELDS[field];
    copy.fill(0, start, start + length);
    copy.write(bytes, start, length, 'latin1');
  };
  for (const field of ['mode', 'uid', 'gid', 'size', 'mtime'] as const) {
    const value = change[field];
    if (value !== undefined) putNumber(copy, FIELDS[field], value);
  }
  if (change.name !== undefined && prefixOf(copy) !== '') copy.fill(0, 345, 476);
  for (const field of ['name', 'linkTarget'] as const) {
    const value = change[field];
    if (value !== undefined) put(field, value);
  }
  if (text(copy, 'magic').startsWith('ustar'))
    for (const field of ['uname', 'gname'] as const) {
      const value = change[field];
      if (value !== undefined) put(field, value.slice(0, 31));
    }
  const sum = sums(copy)[0].toString(8).padStart(6, '0');
  put('checksum', `${sum}\0 `);
  return copy;
}

function putNumber(block: Buffer, [start, length]: readonly [number, number], value: number): void {
  const octal = value.toString(8).padStart(length - 1, '0');
  if (octal.length < length) {
    block.write(`${octal}\0`, start, 'latin1');
    return;
  }
  for (let [index, rest] = [start + length - 1, value]; index > start; index--, rest = Math.floor(rest / 256))
    block.writeUInt8(rest % 256, index);
  block.writeUInt8(0x80, start);
}

/** How many bytes of zeros follow this many bytes of content. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
