import type { Context } from '../apply/context.ts';
import { own } from '../freebsd/paths.ts';
import type { System } from '../system/system.ts';
import { flag, listOf, mapOf, object, text, withDefault } from './shape.ts';
import { readState, writeState, type StateFile } from './state-file.ts';

/** What earlier runs made, so that only that is ever removed. */
export interface GuestRecord {
  /** Accounts made by us. */
  readonly users: readonly string[];
  /** For each user the keys that we have added, as the config had them: lines of authorized_keys. */
  readonly keys: Readonly<{ [user: string]: readonly string[] }>;
  /** For each path a digest of what was appended to it. */
  readonly appended: Readonly<{ [path: string]: string }>;
  /** Certificates were written that certctl(8) has not read yet. */
  readonly rehash: boolean;
  /** For each certificate that we have put into FreeBSD's store, by its name there, the file that it is from. */
  readonly certificates: Readonly<{ [name: string]: string }>;
}

const nothing: GuestRecord = { users: [], keys: {}, appended: {}, rehash: false, certificates: {} };

const file: StateFile<GuestRecord> = {
  path: own.record,
  holds: 'which accounts and keys podbsd has made',
  shape: object<GuestRecord>({
    users: withDefault(listOf(text), nothing.users),
    keys: withDefault(mapOf(listOf(text)), nothing.keys),
    appended: withDefault(mapOf(text), nothing.appended),
    rehash: withDefault(flag, nothing.rehash),
    certificates: withDefault(mapOf(text), nothing.certificates),
  }),
};

/** A record that cannot be read counts as empty: then nothing is removed. */
export function readRecord({ system }: { readonly system: System }): GuestRecord {
  return readState(system, file) ?? nothing;
}

/** Lines of the keys that we have added for a user, who may be called `constructor`. */
export function keysOf(record: GuestRecord, user: string): readonly string[] {
  return Object.hasOwn(record.keys, user) ? (record.keys[user] ?? []) : [];
}

export function updateRecord(context: Context, change: (record: GuestRecord) => GuestRecord): void {
  writeState(context, file, change(readRecord(context)));
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
