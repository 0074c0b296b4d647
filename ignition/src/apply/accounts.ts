import {
  addGroup,
  addMember,
  addUser,
  changeUser,
  removeUser,
  unlockUser,
  type UserChange,
} from '../freebsd/pw.ts';
import { runProgram } from '../freebsd/program.ts';
import type { EnsureGroup, EnsureUser, MoveUid, RemoveUser } from '../plan/steps.ts';
import type { Context } from './context.ts';
import { ensureDirectory } from './place.ts';
import { readRecord, updateRecord } from '../state/record.ts';

export function applyRemoveUser(context: Context, step: RemoveUser): void {
  if (context.account(step.name) !== undefined) {
    removeUser(context.system, step.name);
    context.accountsChanged();
  }
  if (readRecord(context).users.includes(step.name)) {
    updateRecord(context, (record) => ({
      ...record,
      users: record.users.filter((name) => name !== step.name),
    }));
  }
}

/** The home first: if interrupted after that, the account still has its old number and the step is repeated. */
export function applyMoveUid(context: Context, step: MoveUid): void {
  const account = context.account(step.name);
  if (account?.uid !== step.from) return;
  const { system } = context;
  const home = system.lstat(account.home);
  const isOwnHome = /^\/(?:usr\/)?home\/[^/]+$/.test(account.home) && home?.type === 'directory';
  if (isOwnHome && (home.uid === step.from || home.uid === step.to)) {
    runProgram(system, ['/usr/sbin/chown', '-R', '-h', '-x', String(step.to), account.home]);
  }
  changeUser(system, step.name, { uid: step.to });
  context.accountsChanged();
}

export function applyGroup(context: Context, step: EnsureGroup): void {
  const there = context.groups().find((group) => group.name === step.name);
  if (there === undefined) {
    addGroup(context.system, step.name, step.gid);
    context.accountsChanged();
  } else if (step.gid !== undefined && there.gid !== step.gid) {
    throw new Error(
      `group ${step.name} exists with gid ${there.gid}, not ${step.gid}; its files would be left behind`,
    );
  }
}

export function applyUser(context: Context, step: EnsureUser): void {
  const { system } = context;
  if (context.account(step.name) === undefined) {
    // Recorded before it is made: an interrupted run must not forget whose account it is.
    if (!readRecord(context).users.includes(step.name)) {
      updateRecord(context, (record) => ({ ...record, users: [...record.users, step.name] }));
    }
    // pw makes a group of the user's name, unless there is one with members: then it has to be named.
    const ownGroup = context.groups().some((group) => group.name === step.name) ? step.name : undefined;
    addUser(system, { ...step, uid: step.uid, primaryGroup: step.primaryGroup ?? ownGroup });
    context.accountsChanged();
  } else {
    correctUser(context, step);
  }
  const account = context.account(step.name);
  if (account === undefined) throw new Error(`pw(8) did not create the account ${step.name}`);
  ensureHome(context, step, account);
}

function correctUser(context: Context, step: EnsureUser): void {
  const { system } = context;
  const account = context.account(step.name);
  if (account === undefined) return;
  if (account.password?.startsWith('*LOCKED*') === true) {
    unlockUser(system, step.name);
    context.accountsChanged();
  }
  const password = context.account(step.name)?.password ?? '*';
  const primary = context.groups().find((group) => group.name === step.primaryGroup);
  const change: UserChange = {
    ...(step.uid !== undefined && account.uid !== step.uid ? { uid: step.uid } : {}),
    ...(primary !== undefined && account.gid !== primary.gid ? { primaryGroup: primary.name } : {}),
    ...(account.home !== step.home ? { home: step.home } : {}),
    ...(account.shell !== step.shell ? { shell: step.shell } : {}),
    ...(password === '' || password.startsWith('*LOCKED*') ? { noPassword: true } : {}),
  };
  if (Object.keys(change).length > 0) {
    changeUser(system, step.name, change);
    context.accountsChanged();
  }
  for (const name of step.groups) {
    const group = context.groups().find((known) => known.name === name);
    if (group === undefined || group.gid === account.gid || group.members.includes(step.name)) continue;
    addMember(system, name, step.name);
    context.accountsChanged();
  }
}

/** The home belongs to its user, even after a change of uid; others can read it, but not write. */
function ensureHome(context: Context, step: EnsureUser, account: { uid: number; gid: number }): void {
  const { system } = context;
  const owner = { uid: account.uid, gid: account.gid };
  const there = system.lstat(step.home);
  if (there === undefined && step.withoutHome === true) return;
  // Somebody else's home stays theirs, unless it is at this user's own place or its owner is gone.
  const isOwn =
    step.home === `/home/${step.name}` || !context.accounts().some(({ uid }) => uid === there?.uid);
  if (there?.type === 'directory' && there.uid !== owner.uid && there.uid !== 0 && !isOwn) {
    throw new Error(`the home ${step.home} belongs to another user`);
  }
  if (there?.type === 'directory' && there.uid !== owner.uid && there.uid !== 0) {
    runProgram(system, ['/usr/sbin/chown', '-R', '-h', '-x', `${owner.uid}:${owner.gid}`, step.home]);
    context.changed = true;
  }
  const mode = there === undefined || (there.mode & 0o022) !== 0 ? 0o755 : there.mode;
  ensureDirectory(context, step.home, mode, owner);
}
