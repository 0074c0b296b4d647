import type { System } from '../system/system.ts';
import { runProgram } from './program.ts';

/** pw(8). Names are given with -n where it has that, so that a name of digits is not taken for a number. */
const pw = '/usr/sbin/pw';

export interface NewUser {
  readonly name: string;
  readonly uid: number | undefined;
  /** Undefined: a group of the user's own name, which pw makes. */
  readonly primaryGroup: string | undefined;
  readonly groups: readonly string[];
  readonly gecos: string;
  readonly home: string;
  readonly shell: string;
}

/** `-h -` sets the password field to `*`: no password, but not locked either, which sshd would refuse. */
export function addUser(system: System, user: NewUser): void {
  const argv = [
    pw,
    'useradd',
    '-n',
    user.name,
    ...(user.uid === undefined ? [] : ['-u', String(user.uid)]),
    ...(user.primaryGroup === undefined ? [] : ['-g', user.primaryGroup]),
    ...(user.groups.length === 0 ? [] : ['-G', user.groups.join(',')]),
    '-c',
    user.gecos,
    '-d',
    user.home,
    '-s',
    user.shell,
    '-h',
    '-',
  ] as const;
  if (system.run(argv).code === 0) return;
  // pwd_mkdb(8) puts the databases in place first and master.passwd last. A machine that was cut off in between knows the
  // account in one and not in the other, and pw would refuse it for ever.
  system.run(['/usr/sbin/pwd_mkdb', '-p', '/etc/master.passwd']);
  runProgram(system, argv);
}

export interface UserChange {
  readonly uid?: number;
  readonly primaryGroup?: string;
  readonly home?: string;
  readonly shell?: string;
  readonly noPassword?: boolean;
}

export function changeUser(system: System, name: string, change: UserChange): void {
  const options = [
    ...(change.uid === undefined ? [] : ['-u', String(change.uid)]),
    ...(change.primaryGroup === undefined ? [] : ['-g', change.primaryGroup]),
    ...(change.home === undefined ? [] : ['-d', change.home]),
    ...(change.shell === undefined ? [] : ['-s', change.shell]),
    ...(change.noPassword === true ? ['-h', '-'] : []),
  ];
  if (options.length > 0) runProgram(system, [pw, 'usermod', '-n', name, ...options]);
}

/** This one takes no -n, whatever pw(8) says, and looks for an account of that name before one of that number. */
export function unlockUser(system: System, name: string): void {
  runProgram(system, [pw, 'unlock', name]);
}

/** Removes the account; its home stays, as nothing of people's data is ever deleted. */
export function removeUser(system: System, name: string): void {
  runProgram(system, [pw, 'userdel', '-n', name]);
}

export function addGroup(system: System, name: string, gid: number | undefined): void {
  runProgram(system, [pw, 'groupadd', '-n', name, ...(gid === undefined ? [] : ['-g', String(gid)])]);
}

export function addMember(system: System, group: string, user: string): void {
  runProgram(system, [pw, 'groupmod', '-n', group, '-m', user]);
}
