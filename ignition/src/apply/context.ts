import type { Owner } from '../config/types.ts';
import type { Account, GroupEntry } from '../freebsd/account.ts';
import { readAccounts, readGroups } from '../freebsd/accounts.ts';
import { Contents } from '../freebsd/contents.ts';
import type { System } from '../system/system.ts';

export interface Ownership {
  readonly uid: number;
  readonly gid: number;
}

export const rootOwned: Ownership = { uid: 0, gid: 0 };

/** What the steps of one run share: the system, and the accounts as they are now. */
export class Context {
  readonly system: System;
  readonly contents: Contents;
  private knownAccounts: readonly Account[] | undefined;
  private knownGroups: readonly GroupEntry[] | undefined;
  /** Whether anything was written, so that it must be flushed to the disk. */
  changed = false;
  /** Why the host's folders are not available, when one was wanted that the host does not offer. */
  noShares: string | undefined;

  constructor(system: System) {
    this.system = system;
    this.contents = new Contents(system);
  }

  accounts(): readonly Account[] {
    this.knownAccounts ??= readAccounts(this.system);
    return this.knownAccounts;
  }

  groups(): readonly GroupEntry[] {
    this.knownGroups ??= readGroups(this.system);
    return this.knownGroups;
  }

  /** To be called after pw(8) has changed something. */
  accountsChanged(): void {
    this.knownAccounts = undefined;
    this.knownGroups = undefined;
    this.changed = true;
  }

  account(name: string): Account | undefined {
    return this.accounts().find((account) => account.name === name);
  }

  /** The numbers of a user and a group of the config; root where it names none. */
  ownership(user: Owner, group: Owner): Ownership {
    const account = typeof user === 'string' ? this.account(user) : undefined;
    if (typeof user === 'string' && account === undefined) throw new Error(`there is no user ${user}`);
    const uid = typeof user === 'number' ? user : (account?.uid ?? 0);
    if (typeof group !== 'string') return { uid, gid: group ?? 0 };
    // root's group is called wheel here.
    const name = group === 'root' ? 'wheel' : group;
    const entry = this.groups().find((known) => known.name === name);
    const own = name === user ? account?.gid : undefined;
    const gid = entry?.gid ?? own ?? (group === 'root' ? 0 : undefined);
    if (gid === undefined) throw new Error(`there is no group ${group}`);
    return { uid, gid };
  }
}
