import { Errno, SystemError, type System } from '../system/system.ts';
import type { Account, GroupEntry } from './account.ts';
import { runProgram } from './program.ts';

/** All accounts, with their passwords where they can be read. Reading the file costs no process. */
export function readAccounts(system: System): Account[] {
  const text = readMaster(system) ?? runProgram(system, ['/usr/sbin/pw', 'usershow', '-a']).out;
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('#') || line.startsWith('+')) return [];
    const [name, password, uid, gid, , , , , home, shell] = line.split(':');
    if (name === undefined || uid === undefined || gid === undefined) return [];
    return [{ name, password, uid: Number(uid), gid: Number(gid), home: home ?? '', shell: shell ?? '' }];
  });
}

/** Undefined for everybody but root: `podbsd-agent plan` is for the machine's user, too. */
function readMaster(system: System): string | undefined {
  try {
    return system.readText('/etc/master.passwd');
  } catch (error) {
    if (error instanceof SystemError && error.errno === Errno.EACCES) return undefined;
    throw error;
  }
}

export function readGroups(system: System): GroupEntry[] {
  const text = system.readText('/etc/group') ?? '';
  return text.split('\n').flatMap((line) => {
    if (line.startsWith('#') || line.startsWith('+')) return [];
    const [name, , gid, members] = line.split(':');
    if (name === undefined || gid === undefined) return [];
    return [{ name, gid: Number(gid), members: (members ?? '').split(',').filter(Boolean) }];
  });
}
