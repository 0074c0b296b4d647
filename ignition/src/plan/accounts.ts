import type { Passwd, User } from '../config/types.ts';
import type { Account } from '../freebsd/account.ts';
import { groupOnFreebsd, podmanGroup } from '../freebsd/account-rules.ts';
import { isMountPoint, isSystemFolder } from '../freebsd/share-targets.ts';
import type { Facts } from './facts.ts';
import type { EnsureUser, Refusal, Skipped, Step } from './steps.ts';

/** Users, their numbers, groups and keys. */
export function planAccounts(passwd: Passwd, facts: Facts, skipped: Skipped[]): Step[] {
  const wanted = passwd.users.filter((user) => user.shouldExist);
  const removed = removals(passwd, facts, skipped);
  const left = facts.accounts.filter((account) => !removed.some((step) => step.name === account.name));
  const groups = groupSteps(passwd, facts, skipped);
  const knownGroups = new Set([
    ...facts.groups.map((group) => group.name),
    ...groups.map((group) => group.name),
  ]);
  const people = wanted.filter((user) => user.name !== 'root');
  const [machineUser] = people;
  const users = people.map((user) => userStep(user, user === machineUser, knownGroups, skipped, passwd));
  return [
    ...removed,
    ...movedUids(
      users.filter((step) => step.kind === 'user'),
      left,
    ),
    ...groups,
    ...users,
    ...keySteps(wanted, passwd, skipped),
    ...sudoStep(
      users.filter((step) => step.kind === 'user'),
      machineUser,
    ),
    ...(machineUser === undefined ? [] : [{ kind: 'api-path', user: machineUser.name } as const]),
  ];
}

function removals(passwd: Passwd, facts: Facts, skipped: Skipped[]): { kind: 'remove-user'; name: string }[] {
  return passwd.users.flatMap((user, index) => {
    const account = facts.accounts.find((candidate) => candidate.name === user.name);
    if (user.shouldExist || account === undefined) return [];
    const pointer = `/passwd/users/${index}`;
    // "core" is the account that podman's own images come with, and asks to be removed when the user has another name.
    const mayGo = account.uid !== 0 && (facts.ourUsers.includes(user.name) || user.name === 'core');
    if (mayGo) return [{ kind: 'remove-user', name: user.name, pointer } as const];
    skipped.push({
      pointer,
      what: user.name,
      reason: 'the account was not made by podbsd, so it is not removed',
    });
    return [];
  });
}

function groupSteps(passwd: Passwd, facts: Facts, skipped: Skipped[]) {
  const podman = { kind: 'group', name: podmanGroup } as const;
  const asked = passwd.groups.flatMap((group, index) => {
    const pointer = `/passwd/groups/${index}`;
    if (group.shouldExist) {
      const gid = group.gid === undefined ? {} : { gid: group.gid };
      return [{ kind: 'group', name: group.name, pointer, ...gid } as const];
    }
    if (facts.groups.some((known) => known.name === group.name)) {
      skipped.push({ pointer, what: group.name, reason: 'groups are never removed' });
    }
    return [];
  });
  return [podman, ...asked.filter((step) => step.name !== podmanGroup)];
}

function userStep(
  user: User,
  isMachineUser: boolean,
  knownGroups: ReadonlySet<string>,
  skipped: Skipped[],
  passwd: Passwd,
): EnsureUser | Refusal {
  const pointer = `/passwd/users/${passwd.users.indexOf(user)}`;
  if (user.uid === 0) {
    const reason = 'uid 0 belongs to root alone';
    return { kind: 'refusal', pointer: `${pointer}/uid`, what: `user ${user.name}`, reason };
  }
  if (user.homeDir !== undefined && (isSystemFolder(user.homeDir) || isMountPoint(user.homeDir))) {
    const reason = `${user.homeDir} belongs to the system and cannot be somebody's home`;
    return { kind: 'refusal', pointer: `${pointer}/homeDir`, what: `user ${user.name}`, reason };
  }
  if (user.hasPasswordHash) {
    const reason = 'accounts have no passwords, people log in with their keys';
    skipped.push({ pointer: `${pointer}/passwordHash`, what: user.name, reason });
  }
  const groups = user.groups.flatMap((name, index) => {
    const group = groupOnFreebsd(name);
    if (knownGroups.has(group)) return [group];
    skipped.push({ pointer: `${pointer}/groups/${index}`, what: name, reason: 'FreeBSD has no such group' });
    return [];
  });
  if (isMachineUser) groups.push('wheel', podmanGroup);
  if (user.shell !== undefined && user.shell !== '/bin/sh') {
    const reason = 'the shell is /bin/sh, which the commands of podman need';
    skipped.push({ pointer: `${pointer}/shell`, what: user.shell, reason });
  }
  const primary = user.primaryGroup === undefined ? undefined : groupOnFreebsd(user.primaryGroup);
  const isKnown = primary !== undefined && knownGroups.has(primary);
  if (primary !== undefined && !isKnown && primary !== user.name)
    skipped.push({ pointer: `${pointer}/primaryGroup`, what: primary, reason: 'FreeBSD has no such group' });
  return {
    kind: 'user',
    pointer,
    name: user.name,
    home: user.homeDir ?? `/home/${user.name}`,
    shell: '/bin/sh',
    gecos: (user.gecos ?? (isMachineUser ? 'podman machine user' : '')).replaceAll(/[:!@\0-\x1f\x7f]/g, ' '),
    groups: [...new Set(groups)],
    ...(isKnown ? { primaryGroup: primary } : {}),
    ...(user.uid === undefined ? {} : { uid: user.uid }),
  };
}

/** Whoever holds a number that the config wants for another name gets the lowest free one from 1001. */
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

function keySteps(wanted: readonly User[], passwd: Passwd, skipped: Skipped[]): Step[] {
  return wanted.flatMap((user): Step[] => {
    const pointer = `/passwd/users/${passwd.users.indexOf(user)}`;
    if (user.name === 'root' && user.uid !== undefined && user.uid !== 0) {
      skipped.push({ pointer: `${pointer}/uid`, what: 'root', reason: 'root keeps uid 0' });
    }
    if (user.uid === 0 && user.name !== 'root') return [];
    return [
      {
        kind: 'keys',
        user: user.name,
        keys: user.sshAuthorizedKeys,
        pointer: `${pointer}/sshAuthorizedKeys`,
      },
    ];
  });
}

function sudoStep(users: readonly EnsureUser[], machineUser: User | undefined): Step[] {
  const names = users
    .filter((user) => user.name === machineUser?.name || user.groups.includes('wheel'))
    .map((user) => user.name);
  return names.length === 0 ? [] : [{ kind: 'sudo', users: names }];
}
