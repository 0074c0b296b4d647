import { gunzipSync } from 'node:zlib';
import { Parser, type ReadEntry } from 'tar';
import { ExitCode, PodbsdError, messageOf } from '../../ground/errors.ts';

/** A member of somebody's overlay archive as it stands there, before any judgement. */
export interface RawMember {
  /** The name as written, with `./` and slashes. */
  readonly name: string;
  /** ustar's name of the kind: `File`, `Directory`, `SymbolicLink`, `Link`, `CharacterDevice` ... */
  readonly type: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname: string;
  readonly gname: string;
  readonly linkTarget: string;
  readonly content: Uint8Array;
}

/** An overlay unpacks to a few megabytes at most; more is refused before memory runs out. Bytes. */
const MAX_UNPACKED = 256 * 1024 * 1024;

/**
 * Reads an overlay archive made by podbsd, `lbu` or somebody's tar.
 * @param label how messages call the archive.
 * @throws PodbsdError (exit code `data`) when it is encrypted, truncated or no archive at all.
 */
export async function unpackOverlay(archive: Uint8Array, label: string): Promise<RawMember[]> {
  const tar = gunzip(archive, label);
  const members: RawMember[] = [];
  const failures: string[] = [];
  await new Promise<void>((resolve, reject) => {
    const parser = new Parser({
      onReadEntry: (entry) => {
        const chunks: Uint8Array[] = [];
        entry.on('data', (chunk) => chunks.push(chunk));
        entry.on('end', () => members.push(member(entry, Buffer.concat(chunks))));
      },
      onwarn: (_code, message) => failures.push(messageOf(message)),
    });
    parser.on('error', reject);
    parser.on('end', resolve);
    parser.end(tar);
  }).catch((error: unknown) => {
    throw broken(label, `is not a tar archive: ${messageOf(error)}`, error);
  });
  if (failures.length > 0) throw broken(label, `is damaged: ${failures.join('; ')}`);
  if (members.length === 0) throw broken(label, 'holds no files');
  return members;
}

function member(entry: ReadEntry, content: Uint8Array): RawMember {
  return {
    name: entry.path,
    type: entry.type,
    mode: (entry.mode ?? 0) & 0o7777,
    uid: entry.uid ?? 0,
    gid: entry.gid ?? 0,
    uname: entry.uname ?? '',
    gname: entry.gname ?? '',
    linkTarget: entry.linkpath ?? '',
    content,
  };
}

function gunzip(archive: Uint8Array, label: string): Buffer {
  // `lbu` with ENCRYPTION set makes files that begin with this (openssl enc -salt).
  if (Buffer.from(archive.subarray(0, 8)).toString('latin1') === 'Salted__')
    throw broken(label, 'is encrypted; podbsd reads only unencrypted overlays');
  if (archive[0] !== 0x1f || archive[1] !== 0x8b) throw broken(label, 'is not a gzip file');
  try {
    return gunzipSync(archive, { maxOutputLength: MAX_UNPACKED });
  } catch (error) {
    throw broken(label, `is damaged or cut short: ${messageOf(error)}`, error);
  }
}

function broken(label: string, problem: string, cause?: unknown): PodbsdError {
  return new PodbsdError({
    doing: `reading the overlay ${label}`,
    problem: `${label} ${problem}`,
    remedy:
      'a guest with this overlay would stop in a recovery shell; make it again with "lbu commit" in the guest',
    exitCode: ExitCode.data,
    cause,
  });
}
