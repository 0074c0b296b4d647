import { identityOf, parseSshKey } from '../config/ssh-key.ts';
import type { EnsureKeys } from '../plan/steps.ts';
import type { Context } from './context.ts';
import { ensureDirectory, ensureFile, safePath } from './place.ts';
import { keysOf, readRecord, updateRecord } from '../state/record.ts';

/**
 * Each key of the config exactly once and as the config has it now; keys that people added stay; keys of an earlier
 * config go. Answers why some are left out, if any are.
 */
export function applyKeys(context: Context, step: EnsureKeys): string | undefined {
  const account = context.account(step.user);
  if (account === undefined) throw new Error(`there is no user ${step.user} to log in with these keys`);
  const keys = uniqueKeys(step.keys);
  const owner = { uid: account.uid, gid: account.gid };
  const folder = `${account.home}/.ssh`;
  const path = `${folder}/authorized_keys`;
  const before = uniqueKeys(keysOf(readRecord(context), step.user));
  const { refused } = step;
  const count = `${refused.length} SSH key${refused.length === 1 ? '' : 's'}`;
  const notice =
    refused.length === 0 ? undefined : `${count} of ${step.user} left out: ${refused.join('; ')}`;
  // Of an account that is to have no home.
  if (keys.size + before.size === 0 && context.system.lstat(account.home) === undefined) return notice;
  ensureDirectory(context, folder, 0o700, owner);
  // Where a power cut comes in between, the next boot knows what is ours, and that it has not got its options yet.
  const ours = uniqueKeys([...before.values(), ...keys.keys()]);
  remember(context, step.user, ours);
  ensureFile(context, {
    path,
    content: merged(existingLines(context, path, owner), keys, before),
    mode: 0o600,
    owner,
  });
  remember(context, step.user, keys);
  return notice;
}

/** The lines by whom they let in; of two for the same the first, as sshd takes it. */
function uniqueKeys(lines: Iterable<string>): Map<string, string> {
  const keys = new Map<string, string>();
  for (const text of lines) {
    const key = parseSshKey(text);
    if ('line' in key && !keys.has(key.identity)) keys.set(key.identity, key.line);
  }
  return keys;
}

function remember(context: Context, user: string, keys: ReadonlyMap<string, string>): void {
  const lines = [...keys.values()];
  if (lines.join('\n') === keysOf(readRecord(context), user).join('\n')) return;
  updateRecord(context, (record) => ({ ...record, keys: { ...record.keys, [user]: lines } }));
}

/** Through no symbolic link: what root can read is not for the user to have. */
function existingLines(context: Context, path: string, owner: { uid: number; gid: number }): string[] {
  const real = safePath(context, path, owner);
  if (context.system.lstat(real)?.type !== 'file') return [];
  const lines = (context.system.readText(real) ?? '').split('\n');
  return lines.at(-1) === '' ? lines.slice(0, -1) : lines;
}

/**
 * The config's line takes the place of whatever line lets in the same, for sshd obeys the first one: its restrictions
 * must hold, and podman must get in. Where the config has not changed since the last boot, a line that somebody has
 * edited since stays as it is.
 */
function merged(
  existing: readonly string[],
  keys: ReadonlyMap<string, string>,
  before: ReadonlyMap<string, string>,
): string {
  const placed = new Set<string>();
  const kept = existing.flatMap((line) => {
    const identity = identityOf(line) ?? '';
    const wanted = keys.get(identity);
    if (wanted === undefined) return before.has(identity) ? [] : [line];
    if (placed.has(identity)) return [];
    placed.add(identity);
    return [before.get(identity) === wanted ? line : wanted];
  });
  const missing = [...keys].filter(([identity]) => !placed.has(identity)).map(([, line]) => line);
  return [...kept, ...missing].map((line) => `${line}\n`).join('');
}
