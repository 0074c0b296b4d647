import { parseSshKey, type SshKey } from '../config/ssh-key.ts';
import type { EnsureKeys } from '../plan/steps.ts';
import type { Context } from './context.ts';
import { ensureDirectory, ensureFile, safePath } from './place.ts';
import { keysOf, readRecord, updateRecord } from '../state/record.ts';

/**
 * Each key of the config exactly once; keys that people added stay; keys of an earlier config go. Answers why some are
 * left out, if any are.
 */
export function applyKeys(context: Context, step: EnsureKeys): string | undefined {
  const account = context.account(step.user);
  if (account === undefined) throw new Error(`there is no user ${step.user} to log in with these keys`);
  const keys = step.keys.map((text) => parseSshKey(text)).filter((key) => 'line' in key);
  const owner = { uid: account.uid, gid: account.gid };
  const folder = `${account.home}/.ssh`;
  const path = `${folder}/authorized_keys`;
  ensureDirectory(context, folder, 0o700, owner);

  const before = keysOf(readRecord(context), step.user);
  const now = keys.map((key) => key.identity);
  const both = [...new Set([...before, ...now])];
  if (both.length > before.length) remember(context, step.user, both);
  const existing = existingLines(context, path, owner);
  const dropped = before.filter((identity) => !now.includes(identity));
  const content = merged(existing, keys, dropped);
  ensureFile(context, { path, content, mode: 0o600, owner });
  if (both.length > now.length) remember(context, step.user, now);

  const { refused } = step;
  if (refused.length === 0) return undefined;
  const count = `${refused.length} SSH key${refused.length === 1 ? '' : 's'}`;
  return `${count} of ${step.user} left out: ${refused.join('; ')}`;
}

function remember(context: Context, user: string, keys: readonly string[]): void {
  updateRecord(context, (record) => ({ ...record, keys: { ...record.keys, [user]: keys } }));
}

/** Through no symbolic link: what root can read is not for the user to have. */
function existingLines(context: Context, path: string, owner: { uid: number; gid: number }): string[] {
  const real = safePath(context, path, owner);
  if (context.system.lstat(real)?.type !== 'file') return [];
  return (context.system.readText(real) ?? '').split('\n').filter((line) => line.trim() !== '');
}

function merged(existing: readonly string[], keys: readonly SshKey[], dropped: readonly string[]): string {
  const seen = new Set<string>();
  const lines = [...existing, ...keys.map((key) => key.line)].filter((line) => {
    const key = parseSshKey(line);
    if (!('identity' in key)) return true;
    if (seen.has(key.identity) || dropped.includes(key.identity)) return false;
    seen.add(key.identity);
    return true;
  });
  return lines.map((line) => `${line}\n`).join('');
}
