import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { BLOCK, type HeaderChange } from '../tar/header.ts';
import type { TarReader } from '../tar/reader.ts';
import { changedHead, headOf } from '../tar/writer.ts';
import { additionBlocks, type Addition } from './addition.ts';
import { readArchive, type OverlayArchive } from './archive.ts';
import type { OverlayMember } from './scan.ts';

/** What happens to a member: it is removed, replaced, or its header changes. */
export type MemberChange =
  | 'remove'
  | { readonly replacement: Addition; readonly before: OverlayMember }
  | { readonly header: HeaderChange };

/** A change of an overlay. Members that are not listed stay unchanged, byte for byte and in their place. */
export interface OverlayPlan {
  /** By index. */
  readonly changes: ReadonlyMap<number, MemberChange>;
  /** What is appended, in this order. */
  readonly added: readonly Addition[];
}

/** The blocks of the archive after the change, uncompressed. Nothing is held in memory but what is being written. */
export function rewritten(archive: OverlayArchive, plan: OverlayPlan): AsyncGenerator<Buffer> {
  return readArchive(archive, (reader) => rewrite(reader, plan));
}

async function* rewrite(reader: TarReader, { changes, added }: OverlayPlan): AsyncGenerator<Buffer> {
  for (let member = await reader.next(); member !== undefined; member = await reader.next()) {
    const change = changes.get(member.index);
    if (change === 'remove') continue;
    if (change !== undefined && 'replacement' in change) {
      yield* additionBlocks(change.replacement, change.before);
      continue;
    }
    yield change === undefined ? headOf(member) : changedHead(member, change.header);
    yield* reader.stored();
  }
  for (const addition of added) yield* additionBlocks(addition);
  let ended = false;
  for await (const piece of reader.tail()) {
    ended = true;
    yield piece;
  }
  if (!ended) yield Buffer.alloc(2 * BLOCK);
}

/** The compressed archive after the change, in memory: for overlays on a small disk. */
export async function packed(archive: OverlayArchive, plan: OverlayPlan): Promise<Buffer> {
  const chunks: Buffer[] = [];
  await pipeline(Readable.from(rewritten(archive, plan)), ...compressors(), async (pieces) => {
    for await (const piece of pieces as AsyncIterable<Buffer>) chunks.push(piece);
  });
  return Buffer.concat(chunks);
}

/** Compresses without recording the system that it ran on: the same inputs give the same bytes (RFC 1952, 2.3.1). */
export function compressors(): [Transform, Transform] {
  let first = true;
  const anonymous = new Transform({
    transform: (chunk: Buffer, _, done) => {
      // zlib emits the ten bytes of gzip's header in one piece.
      if (first) chunk[9] = 255;
      first = false;
      done(undefined, chunk);
    },
  });
  return [createGzip({ level: 6 }), anonymous];
}
