import type { Account, GroupEntry } from '../freebsd/account.ts';

/** What planning needs to know of the guest. */
export interface Facts {
  readonly accounts: readonly Account[];
  readonly groups: readonly GroupEntry[];
  /** Accounts that an earlier run has made. */
  readonly ourUsers: readonly string[];
  /** The text of fw_cfg item `opt/com.coreos/environment`, which podman 4.x sends; still base64. */
  readonly environmentItem: string | undefined;
}

/** A FreeBSD image that nobody has used yet: what `plan` assumes on other systems. */
export const freshImage: Facts = {
  accounts: [{ name: 'root', password: '*', uid: 0, gid: 0, home: '/root', shell: '/bin/sh' }],
  groups: [
    { name: 'wheel', gid: 0, members: ['root'] },
    { name: 'operator', gid: 5, members: ['root'] },
  ],
  ourUsers: [],
  environmentItem: undefined,
};
