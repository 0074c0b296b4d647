import { own } from '../freebsd/paths.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureFile } from './place.ts';

/** What earlier runs have made, so that only that is ever taken back. */
export interface GuestRecord {
  /** Accounts made by us. */
  readonly users: readonly string[];
  /** For each user the keys that we have added, as `TYPE KEY`. */
  readonly keys: Readonly<{ [user: string]: readonly string[] }>;
  /** For each path a digest of what was appended to it. */
  readonly appended: Readonly<{ [path: string]: string }>;
  /** Certificates were written that certctl(8) has not read yet. */
  readonly rehash: boolean;
}

const nothing: GuestRecord = { users: [], keys: {}, appended: {}, rehash: false };

/** A record that cannot be read counts as empty: then nothing is taken back. */
export function readRecord(context: Pick<Context, 'system'>): GuestRecord {
  try {
    const value: unknown = JSON.parse(context.system.readText(own.record) ?? '{}');
    return { ...nothing, ...(value as Partial<GuestRecord>) };
  } catch {
    return nothing;
  }
}

/** Keys that we have added for a user, who may be called `constructor`. */
export function keysOf(record: GuestRecord, user: string): readonly string[] {
  return Object.hasOwn(record.keys, user) ? (record.keys[user] ?? []) : [];
}

export function updateRecord(context: Context, change: (record: GuestRecord) => GuestRecord): void {
  const content = `${JSON.stringify(change(readRecord(context)), undefined, 1)}\n`;
  ensureFile(context, { path: own.record, content, mode: 0o644, owner: rootOwned });
}

/**
 * A short digest to tell texts apart: FNV-1a of at most 64 Ki characters spread over the text, and the length. It
 * protects nothing.
 */
export function digest(text: string): string {
  const stride = Math.ceil(text.length / 65536);
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += stride) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193) >>> 0;
  }
  return `${hash.toString(16)}-${text.length}`;
}
