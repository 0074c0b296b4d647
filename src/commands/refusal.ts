import { dirname } from 'node:path';
import { ExitCode, errnoOf, messageOf, type Failure } from '../ground/errors.ts';
import { fileProblem } from '../ground/file-problem.ts';
import { limitAdvice } from '../ground/limit-advice.ts';

/** What the user is told when the system has refused something that no command had expected. */
export type Refusal = Required<Omit<Failure, 'cause'>>;

type Advice = Pick<Refusal, 'remedy' | 'exitCode'>;

const permission: Advice = {
  remedy: 'give this user permission, or choose another place; HOME and the XDG variables name some',
  exitCode: ExitCode.host,
};
const space: Advice = {
  remedy: 'free space there, then run the same command again',
  exitCode: ExitCode.diskFull,
};
const place: Advice = {
  remedy: 'choose a place that exists; HOME, TMPDIR and the XDG variables name some',
  exitCode: ExitCode.host,
};
const temporary: Advice = {
  remedy: 'set TMPDIR to a folder that exists and in which this user may write',
  exitCode: ExitCode.host,
};
const network: Advice = {
  remedy: 'check the network, then run the same command again',
  exitCode: ExitCode.network,
};

/** A refusal by the system is not a bug, wherever it happens. */
const advice: Readonly<Record<string, Advice>> = {
  EACCES: permission,
  EPERM: permission,
  EROFS: permission,
  ENOSPC: space,
  EDQUOT: space,
  ENOENT: place,
  ENOTDIR: place,
  EISDIR: place,
  ELOOP: place,
  ENAMETOOLONG: place,
  EFTYPE: place,
  EIO: { remedy: 'check the disk: the system log says more', exitCode: ExitCode.host },
  ENOMEM: { remedy: 'end other programs, then run the same command again', exitCode: ExitCode.host },
  ECONNREFUSED: network,
  ECONNRESET: network,
  EHOSTUNREACH: network,
  ENETUNREACH: network,
  ETIMEDOUT: network,
  ENOTFOUND: network,
  EAI_AGAIN: network,
};

/** What a file system or a kernel does not offer, and what else only the system can know. */
const other: Advice = {
  remedy: 'the message names what the system refused; try it in another place, or on another file system',
  exitCode: ExitCode.host,
};

/** What a system call is for, in front of the path that it was given. */
const purposes: Readonly<Record<string, string>> = {
  access: 'looking at',
  lstat: 'looking at',
  stat: 'looking at',
  statfs: 'looking at',
  realpath: 'looking at',
  readlink: 'looking at',
  scandir: 'reading the folder',
  opendir: 'reading the folder',
  open: 'opening',
  read: 'reading',
  write: 'writing',
  ftruncate: 'writing',
  fsync: 'writing',
  mkdir: 'making the folder',
  copyfile: 'copying',
  rename: 'renaming',
  link: 'linking',
  symlink: 'linking',
  unlink: 'removing',
  rm: 'removing',
  rmdir: 'removing',
  chmod: 'changing the rights of',
  chown: 'changing the owner of',
  utime: 'changing the time of',
  connect: 'connecting to',
  listen: 'listening on',
  bind: 'listening on',
  getaddrinfo: 'looking up',
};

/** @returns undefined when the error is none of the system's, and so a bug. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (!(error instanceof Error)) return undefined;
  const code = errnoOf(error) ?? '';
  const { syscall } = error as NodeJS.ErrnoException;
  if (syscall === 'uv_cwd')
    return {
      doing: 'looking for the current folder',
      problem: 'it was deleted',
      remedy: 'change to an existing folder, then run the same command again',
      exitCode: ExitCode.host,
    };
  // The words of V8, which knows no codes, where there is no memory for what it was asked for.
  if (/out of memory|allocation failed/i.test(error.message))
    return { doing: 'running the command', problem: error.message, ...(advice['ENOMEM'] ?? other) };
  const isOfSystem = syscall !== undefined && 'errno' in error;
  const limit = limitAdvice(code);
  const ofLimit = limit === undefined ? undefined : { remedy: limit, exitCode: ExitCode.host };
  const known = ofLimit ?? advice[code] ?? (isOfSystem ? other : undefined);
  if (known === undefined) return undefined;
  const isTemporary = syscall === 'mkdtemp' && known !== space;
  return { doing: doingOf(error), problem: problemOf(error), ...(isTemporary ? temporary : known) };
}

/** What the call was for. A call without a name in words keeps its own. */
function doingOf(error: NodeJS.ErrnoException & { readonly dest?: string }): string {
  const { syscall, path, dest } = error;
  if (syscall === undefined) return 'running the command';
  if (syscall.startsWith('spawn')) return `starting the program ${path ?? syscall.slice('spawn '.length)}`;
  if (syscall === 'mkdtemp') return `making a folder for temporary files in ${dirname(path ?? '.')}`;
  const purpose = purposes[syscall] ?? `calling ${syscall} for`;
  const to = dest === undefined ? '' : ` to ${dest}`;
  return `${purpose} ${path ?? addressIn(error) ?? 'a file'}${to}`;
}

function addressIn(error: object): string | undefined {
  const { hostname, address, port } = error as { hostname?: string; address?: string; port?: number };
  const name = hostname ?? address;
  return name === undefined || port === undefined ? name : `${name} port ${port}`;
}

function problemOf(error: NodeJS.ErrnoException): string {
  const isStart = error.syscall?.startsWith('spawn') === true;
  if (isStart && errnoOf(error) === 'ENOENT') return 'there is no such program, or no such working folder';
  if (isStart && errnoOf(error) === 'EAGAIN') return 'this user may not start more processes';
  return error.syscall === undefined ? messageOf(error) : fileProblem(error);
}
