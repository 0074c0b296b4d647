import { BLOCK, changeHeader } from '../tar/header.ts';

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

const TYPE_FLAG = { file: '0', symlink: '2', directory: '5' } as const;

/**
 * The header block of a member, undefined when a name does not fit. Not written with the tar library, which drops the
 * slash at the end of a long directory name and writes pax headers for every name that is not ASCII: here names are
 * bytes, and UTF-8 is stored unchanged.
 */
export function ustarHeader({ name, type, target = '', mode, size, mtime }: UstarMember): Buffer | undefined {
  const split = splitName(Buffer.from(name));
  const linkTarget = Buffer.from(target).toString('latin1');
  if (split === undefined || linkTarget.length > 100) return undefined;
  const block = Buffer.alloc(BLOCK);
  split.name.copy(block, 0);
  block.write(TYPE_FLAG[type], 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  // Numbers of a device, which is none.
  block.write('0000000\x000000000\0', 329, 'latin1');
  split.prefix.copy(block, 345);
  const root = { uid: 0, gid: 0, uname: 'root', gname: 'root' };
  return changeHeader(block, { ...root, linkTarget, mode, size, mtime: mtime.getTime() / 1000 });
}

/** 100 bytes for the name and 155 for the part before one of its slashes; a slash at the end stays in the name. */
function splitName(name: Buffer): { readonly name: Buffer; readonly prefix: Buffer } | undefined {
  if (name.length <= 100) return { name, prefix: Buffer.alloc(0) };
  const slash = name.indexOf('/', name.length - 101);
  if (slash === -1 || slash === name.length - 1 || slash > 155) return undefined;
  return { name: name.subarray(slash + 1), prefix: name.subarray(0, slash) };
}
