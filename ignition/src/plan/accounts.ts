import type { Passwd, User } from '../config/types.ts';
import type { Account } from '../freebsd/account.ts';
import { groupOnFreebsd, podmanGroup } from '../freebsd/account-rules.ts';
import { isMountPoint, isSystemFolder } from '../freebsd/share-targets.ts';
import type { Facts } from './facts.ts';
import { planKeys } from './keys.ts';
import { doing, joined, skipping } from './parts.ts';
import type { EnsureUser, Plan, Refusal, Step } from './steps.ts';

/** Users, their numbers, groups and keys. */
export function planAccounts(passwd: Passwd, facts: Facts): Plan {
  const removed = joined(...passwd.users.map((user, index) => removal(user, index, facts)));
  const gone = removed.steps.flatMap((step) => (step.kind === 'remove-user' ? [step.name] : []));
  const left = facts.accounts.filter((account) => !gone.includes(account.name));
  const groups = joined(
    doing({ kind: 'group', name: podmanGroup }),
    ...passwd.groups.map((group, index) => planGroup(group, index, facts)),
  );
  const knownGroups = new Set([
    ...facts.groups.map((group) => group.name),
    ...groups.steps.flatMap((step) => (step.kind === 'group' ? [step.name] : [])),
  ]);
  const people = passwd.users.filter((user) => user.shouldExist && user.name !== 'root');
  const [machineUser] = people;
  const users = joined(
    ...people.map((user) => planUser(user, user === machineUser, knownGroups, passwd.users.indexOf(user))),
  );
  const ensured = users.steps.filter((step) => step.kind === 'user');
  return joined(
    removed,
    doing(...movedUids(ensured, left)),
    groups,
    users,
    planKeys(passwd),
    doing(...sudoStep(ensured, machineUser)),
    doing(...(machineUser === undefined ? [] : [{ kind: 'api-path', user: machineUser.name } as const])),
  );
}

function removal(user: User, index: number, facts: Facts): Plan {
  const account = facts.accounts.find((candidate) => candidate.name === user.name);
  if (user.shouldExist || account === undefined) return joined();
  const pointer = `/passwd/users/${index}`;
  // "core" is the account that podman's own images come with, and asks to be removed when the user has another name.
  const mayGo = account.uid !== 0 && (facts.ourUsers.includes(user.name) || user.name === 'core');
  if (mayGo) return doing({ kind: 'remove-user', name: user.name, pointer });
  const reason = 'the account was not made by podbsd, so it is not removed';
  return skipping({ pointer, what: user.name, reason });
}

function planGroup(group: Passwd['groups'][number], index: number, facts: Facts): Plan {
  const pointer = `/passwd/groups/${index}`;
  if (group.shouldExist) {
    if (group.name === podmanGroup) return joined();
    const gid = group.gid === undefined ? {} : { gid: group.gid };
    return doing({ kind: 'group', name: group.name, pointer, ...gid });
  }
  const isThere = facts.groups.some((known) => known.name === group.name);
  return isThere ? skipping({ pointer, what: group.name, reason: 'groups are never removed' }) : joined();
}

function planUser(user: User, isMachineUser: boolean, known: ReadonlySet<string>, index: number): Plan {
  const pointer = `/passwd/users/${index}`;
  const refused = whyNoUser(user, pointer);
  if (refused !== undefined) return doing(refused);
  const groups = user.groups.map(groupOnFreebsd).filter((group) => known.has(group));
  if (isMachineUser) groups.push('wheel', podmanGroup);
  const primary = user.primaryGroup === undefined ? undefined : groupOnFreebsd(user.primaryGroup);
  const isKnown = primary !== undefined && known.has(primary);
  const step: EnsureUser = {
    kind: 'user',
    pointer,
    name: user.name,
    home: user.homeDir ?? `/home/${user.name}`,
    shell: '/bin/sh',
    gecos: (user.gecos ?? (isMachineUser ? 'podman machine user' : '')).replaceAll(/[:!@\0-\x1f\x7f]/g, ' '),
    groups: [...new Set(groups)],
    ...(user.noCreateHome ? { withoutHome: true } : {}),
    ...(isKnown ? { primaryGroup: primary } : {}),
    ...(user.uid === undefined ? {} : { uid: user.uid }),
  };
  const without = [
    ...user.groups.flatMap((name, place) =>
      known.has(groupOnFreebsd(name)) ? [] : [{ pointer: `${pointer}/groups/${place}`, what: name }],
    ),
    ...(primary === undefined || isKnown || primary === user.name
      ? []
      : [{ pointer: `${pointer}/primaryGroup`, what: primary }]),
  ].map((missing) => ({ ...missing, reason: 'FreeBSD has no such group' }));
  return { steps: [step], skipped: [...leftOut(user, pointer), ...without] };
}

function whyNoUser(user: User, pointer: string): Refusal | undefined {
  const refuse = (key: string, reason: string): Refusal => ({
    kind: 'refusal',
    pointer: `${pointer}/${key}`,
    what: `user ${user.name}`,
    reason,
  });
  if (user.uid === 0) return refuse('uid', 'uid 0 belongs to root alone');
  const home = user.homeDir;
  if (home === undefined || !(isSystemFolder(home) || isMountPoint(home))) return undefined;
  return refuse('homeDir', `${home} belongs to the system and cannot be somebody's home`);
}

/** What an account on FreeBSD does not take from the config. */
function leftOut(user: User, pointer: string): Plan['skipped'] {
  return [
    ...(user.hasPasswordHash
      ? [
          {
            pointer: `${pointer}/passwordHash`,
            what: user.name,
            reason: 'accounts have no passwords, people log in with their keys',
          },
        ]
      : []),
    ...(user.shell === undefined || user.shell === '/bin/sh'
      ? []
      : [
          {
            pointer: `${pointer}/shell`,
            what: user.shell,
            reason: 'the shell is /bin/sh, which the commands of podman need',
          },
        ]),
  ];
}

/** An account whose uid the config wants for another name gets the lowest free uid from 1001. */
function movedUids(users: readonly EnsureUser[], accounts: readonly Account[]): Step[] {
  const taken = new Set([...accounts.map((account) => account.uid), ...users.map((user) => user.uid)]);
  return users.flatMap((user) => {
    const holders = accounts.filter((account) => account.uid === user.uid && account.name !== user.name);
    // An account that the config itself gives another number moves by that.
    const strangers = holders.filter((holder) => {
      const own = users.find((other) => other.name === holder.name)?.uid;
      return own === undefined || own === holder.uid;
    });
    return [...strangers, ...holders.filter((holder) => !strangers.includes(holder))].map((holder): Step => {
      let free = 1001;
      while (taken.has(free)) free++;
      taken.add(free);
      return { kind: 'move-uid', name: holder.name, from: holder.uid, to: free };
    });
  });
}

function sudoStep(users: readonly EnsureUser[], machineUser: User | undefined): Step[] {
  const names = users
    .filter((user) => user.name === machineUser?.name || user.groups.includes('wheel'))
    .map((user) => user.name);
  return names.length === 0 ? [] : [{ kind: 'sudo', users: names }];
}
