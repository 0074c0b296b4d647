import { dirname } from 'node:path/posix';
import { gzipSync } from 'node:zlib';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { directory, type OverlayEntry } from './entry.ts';
import { BLOCK, padding } from '../tar/header.ts';
import { ustarHeader } from './ustar.ts';

/** Time of everything in an overlay and on its disk: FAT knows nothing earlier. The same inputs give the same bytes. */
export const FIXED_TIME = new Date('1980-01-01T00:00:00Z');

/**
 * Packs an overlay as Alpine's initramfs and apk want it: plain ustar in one gzip member, owner root by number and
 * name, relative names without `./`, directories before their content and with a slash at their end. (apk reads
 * tar's listing to learn which files the overlay owns; with other names packages overwrite them.)
 */
export function packOverlay(entries: Iterable<OverlayEntry>): Buffer {
  const blocks = complete(entries).flatMap((entry) => [header(entry), ...body(entry)]);
  const archive = gzipSync(Buffer.concat([...blocks, Buffer.alloc(2 * BLOCK)]), { level: 9 });
  // The byte that names the operating system on which gzip ran: "unknown", the same everywhere (RFC 1952, 2.3.1).
  archive[9] = 255;
  return archive;
}

/**
 * Sorts the entries and adds the directories above them that are missing: without an entry apk makes them 0755, and
 * sshd wants `root/.ssh` 0700.
 */
export function complete(entries: Iterable<OverlayEntry>): OverlayEntry[] {
  const byPath = new Map<string, OverlayEntry>();
  for (const entry of entries) byPath.set(entry.path, entry);
  for (const path of [...byPath.keys()]) {
    for (let parent = dirname(path); parent !== '.'; parent = dirname(parent)) {
      if (!byPath.has(parent)) byPath.set(parent, directory(parent, defaultMode(parent)));
    }
  }
  return [...byPath.values()].sort((a, b) => (sortKey(a) < sortKey(b) ? -1 : 1));
}

function defaultMode(path: string): number {
  return path === 'root' || path.endsWith('/.ssh') ? 0o700 : 0o755;
}

/** Directories sort right before what they hold. */
function sortKey(entry: OverlayEntry): string {
  return entry.path.replaceAll('/', '\0') + '\0';
}

function header(entry: OverlayEntry): Buffer {
  const { type, path } = entry;
  const block = ustarHeader({
    type,
    name: type === 'directory' ? `${path}/` : path,
    mode: type === 'symlink' ? 0o777 : entry.mode,
    size: type === 'file' ? entry.content.length : 0,
    mtime: FIXED_TIME,
    ...(type === 'symlink' ? { target: entry.target } : {}),
  });
  if (block === undefined) throw notUstar(path);
  return block;
}

function notUstar(path: string): PodbsdError {
  return new PodbsdError({
    doing: 'packing the overlay',
    problem: `${path}: the name or the target of the link does not fit into a ustar archive`,
    remedy:
      'use a shorter path (at most 255 bytes, the last part at most 100; the target of a link at most 100)',
    exitCode: ExitCode.data,
  });
}

function body(entry: OverlayEntry): Uint8Array[] {
  return entry.type === 'file' ? [entry.content, Buffer.alloc(padding(entry.content.length))] : [];
}
