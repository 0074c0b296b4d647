/** The header of each member of a ustar archive (POSIX.1-1988); owner is always root. */
export interface UstarMember {
  /** As stored in the archive: a directory's ends in `/`. */
  readonly name: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  /** Bytes of content. */
  readonly size: number;
  readonly mtime: Date;
  readonly target?: string;
}

export const BLOCK = 512;

const TYPE_FLAG = { file: '0', symlink: '2', directory: '5' } as const;

/**
 * The header block of a member, undefined when a name does not fit. Not written with the tar library, which drops the
 * slash at the end of a long directory name and writes pax headers for every name that is not ASCII: here names are
 * bytes, and UTF-8 is stored unchanged.
 */
export function ustarHeader(member: UstarMember): Buffer | undefined {
  const split = splitName(Buffer.from(member.name));
  const target = Buffer.from(member.target ?? '');
  if (split === undefined || target.length > 100) return undefined;
  const block = Buffer.alloc(BLOCK);
  const number = (value: number, offset: number, length: number): void => {
    block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, offset, 'latin1');
  };
  split.name.copy(block, 0);
  number(member.mode, 100, 8);
  number(0, 108, 8);
  number(0, 116, 8);
  number(member.size, 124, 12);
  number(member.mtime.getTime() / 1000, 136, 12);
  block.write(' '.repeat(8), 148, 'latin1');
  block.write(TYPE_FLAG[member.type], 156, 'latin1');
  target.copy(block, 157);
  block.write('ustar\x0000root', 257, 'latin1');
  block.write('root', 297, 'latin1');
  number(0, 329, 8);
  number(0, 337, 8);
  split.prefix.copy(block, 345);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** 100 bytes for the name and 155 for the part before one of its slashes; a slash at the end stays in the name. */
function splitName(name: Buffer): { readonly name: Buffer; readonly prefix: Buffer } | undefined {
  if (name.length <= 100) return { name, prefix: Buffer.alloc(0) };
  const slash = name.indexOf('/', name.length - 101);
  if (slash === -1 || slash === name.length - 1 || slash > 155) return undefined;
  return { name: name.subarray(slash + 1), prefix: name.subarray(0, slash) };
}
