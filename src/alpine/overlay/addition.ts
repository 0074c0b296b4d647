import { createReadStream } from 'node:fs';
import { lstat, readlink } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { ExitCode, PodbsdError, errnoOf, messageOf } from '../../ground/errors.ts';
import { BLOCK, changeHeader, padding } from '../tar/header.ts';
import { longText } from '../tar/writer.ts';
import { CHUNK } from './archive.ts';
import { FIXED_TIME } from './pack.ts';
import { nameBytes, type OverlayMember } from './scan.ts';

/** What is put into an overlay. */
export interface Addition {
  readonly kind: 'file' | 'directory' | 'symlink';
  readonly path: string;
  /** Permission bits; without them a replaced file keeps its own, and a new one gets `defaultMode`. */
  readonly mode?: number | undefined;
  readonly defaultMode: number;
  readonly target: string;
  /** Bytes of content. */
  readonly size: number;
  content(): AsyncIterable<Buffer>;
}

/** A file, link or folder of this host, as it will be in the overlay. */
export async function additionFrom(source: string, path: string, mode?: number): Promise<Addition> {
  const fail = (problem: string, cause?: unknown): PodbsdError =>
    new PodbsdError({ doing: `adding ${source}`, problem, exitCode: ExitCode.usage, cause });
  const found = await lstat(source).catch((error: unknown) => {
    throw fail(errnoOf(error) === 'ENOENT' ? 'there is no such file' : messageOf(error), error);
  });
  if (found.isSymbolicLink()) return addedLink(path, await readlink(source));
  if (found.isDirectory()) return addedFolder(path, 0o755, mode);
  if (!found.isFile()) throw fail('it is neither a file, a folder nor a link');
  const { size } = found;
  const defaultMode = (found.mode & 0o100) !== 0 ? 0o755 : 0o644;
  // Never more than the header promises, in case the file grows meanwhile.
  const content = (): Readable =>
    size === 0 ? Readable.from([]) : createReadStream(source, { end: size - 1, highWaterMark: CHUNK });
  return { kind: 'file', path, mode, defaultMode, target: '', size, content };
}

export function addedText(path: string, text: string): Addition {
  const bytes = Buffer.from(text);
  const content = (): Readable => Readable.from([bytes]);
  return { kind: 'file', path, defaultMode: 0o644, target: '', size: bytes.length, content };
}

export function addedFolder(path: string, defaultMode: number, mode?: number): Addition {
  return {
    kind: 'directory',
    path,
    mode,
    defaultMode,
    target: '',
    size: 0,
    content: () => Readable.from([]),
  };
}

function addedLink(path: string, target: string): Addition {
  return { kind: 'symlink', path, defaultMode: 0o777, target, size: 0, content: () => Readable.from([]) };
}

const TYPE_FLAG = { file: '0', symlink: '2', directory: '5' } as const;

/**
 * All blocks of an addition. When it replaces a member of the same kind, it keeps that member's owner and mode.
 * @throws PodbsdError when the file became shorter while it was read.
 */
export async function* additionBlocks(addition: Addition, before?: OverlayMember): AsyncGenerator<Buffer> {
  const { kind, size } = addition;
  const kept = before?.kind === kind ? before : undefined;
  const name = nameBytes(addition.path) + (kind === 'directory' ? '/' : '');
  const target = nameBytes(addition.target);
  const block = Buffer.alloc(BLOCK);
  block.write(TYPE_FLAG[kind], 156, 'latin1');
  // GNU's magic number where its format for long names is used.
  const isLong = name.length > 100 || target.length > 100;
  block.write(isLong ? 'ustar  \0' : 'ustar\x0000', 257, 'latin1');
  yield* longText('L', name);
  yield* longText('K', target);
  yield changeHeader(block, {
    name,
    linkTarget: target,
    mode: kind === 'symlink' ? 0o777 : (addition.mode ?? kept?.mode ?? addition.defaultMode),
    uid: kept?.uid ?? 0,
    gid: kept?.gid ?? 0,
    uname: kept?.uname ?? 'root',
    gname: kept?.gname ?? 'root',
    size,
    mtime: FIXED_TIME.getTime() / 1000,
  });
  let left = size;
  for await (const piece of addition.content()) {
    left -= piece.length;
    yield piece;
  }
  if (left !== 0)
    throw new PodbsdError({
      doing: `adding /${addition.path}`,
      problem: 'the file became shorter while it was read',
      remedy: 'run the same command again',
      exitCode: ExitCode.failed,
    });
  yield Buffer.alloc(padding(size));
}
