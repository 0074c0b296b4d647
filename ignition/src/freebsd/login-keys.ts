import { identityOf } from '../config/ssh-key.ts';
import { keysOf, readRecord } from '../state/record.ts';
import type { System } from '../system/system.ts';
import { readAccounts } from './accounts.ts';
import { own } from './paths.ts';

/** Somebody whom podman logs in as, and what to try it with. */
export interface Login {
  readonly user: string;
  /** Public keys, each in a file of its own, for ssh(1) to offer; none where all are for other addresses only. */
  readonly keyFiles: readonly string[];
}

/**
 * What to try the logins of these users with: keys of the config, not those that people have added. One that is bound to
 * other addresses (`from=`) proves nothing from here. podman gives its own key to everybody whom it logs in as, so that
 * keys which all of them have go first. Users without a key in the config are left out.
 */
export function loginsToTry(system: System, users: readonly string[]): Login[] {
  const record = readRecord({ system });
  const known = users
    .map((user) => ({ user, keys: keysOf(record, user).map((line) => identityOf(line) ?? '') }))
    .filter(({ keys }) => keys.length > 0);
  return known.map(({ user, keys }) => {
    const isEverybodys = (key: string): boolean => known.every((other) => other.keys.includes(key));
    const bound = keysBoundToAddresses(system, user);
    const plain = keys.filter((key) => !bound.has(key));
    const ordered = [...plain.filter(isEverybodys), ...plain.filter((key) => !isEverybodys(key))];
    return { user, keyFiles: ordered.map((key, index) => writeKey(system, user, index + 1, key)) };
  });
}

/** Type and key of each line of the user's authorized_keys that holds for some addresses only. */
function keysBoundToAddresses(system: System, user: string): ReadonlySet<string> {
  const home = readAccounts(system).find((account) => account.name === user)?.home;
  const path = `${home ?? ''}/.ssh/authorized_keys`;
  if (home === undefined || system.lstat(path)?.type !== 'file') return new Set();
  const bound = (system.readText(path) ?? '').split('\n').flatMap((line) => {
    const identity = identityOf(line);
    if (identity === undefined) return [];
    const options = line.slice(0, line.indexOf(identity.split(' ')[1] ?? ''));
    return /(?:^|,)from="/i.test(options) ? [identity] : [];
  });
  return new Set(bound);
}

function writeKey(system: System, user: string, number: number, key: string): string {
  const path = `${own.run}/login-check-${user === 'root' ? 'root' : 'user'}-${number}.pub`;
  if (system.lstat(path) !== undefined) system.remove(path);
  system.writeNew(path, `${key}\n`, 0o600);
  return path;
}
