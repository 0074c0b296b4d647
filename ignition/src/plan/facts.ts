import { decodeDataUrl } from '../config/data-url.ts';
import type { File, Resource } from '../config/types.ts';
import { decodeUtf8 } from '../utf8.ts';
import type { Account, GroupEntry } from '../freebsd/account.ts';

import { linkedPath } from '../freebsd/fedora-links.ts';

/** What planning needs to know of the guest. */
export interface Facts {
  readonly accounts: readonly Account[];
  readonly groups: readonly GroupEntry[];
  /** Accounts that an earlier run has made. */
  readonly ourUsers: readonly string[];
  /** The text of fw_cfg item `opt/com.coreos/environment`, which podman 4.x sends; still base64. */
  readonly environmentItem: string | undefined;
  /** What a resource of the config holds; throws an Error with the reason when that fails. */
  readonly contents: (resource: Resource) => string | Uint8Array;
  /** Whether sysctl(8) has a setting of this name. */
  readonly hasSetting: (name: string) => boolean;
  /** Where a path leads after the links on it, as far as it exists; throws when they are not to be trusted. */
  readonly leadsTo: (path: string) => string;
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
  contents: ({ source = 'data:,' }) => decodeDataUrl(source),
  hasSetting: () => true,
  leadsTo: (path) => linkedPath(path),
};

/** The text of a file of the config; undefined when it has none, or none that can be used. */
export function textOf(file: File, facts: Facts): string | undefined {
  if (file.contents?.source === undefined) return undefined;
  try {
    const content = facts.contents(file.contents);
    return typeof content === 'string' ? content : decodeUtf8(content);
  } catch {
    return undefined;
  }
}
