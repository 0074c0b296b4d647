import { readFile, rm } from 'node:fs/promises';
import { replaceFile } from '../ground/replace-file.ts';
import type { Argv } from '../host/host.ts';
import { SshHost } from '../host/ssh.ts';
import type { SshSettings } from '../host/ssh/settings.ts';
import { saveMachine, type Machine } from './record.ts';

/** Milliseconds for one login. Under emulation sshd needs seconds for a key exchange. */
const LOGIN_TIMEOUT = 60_000;

/** How to reach the guest; its host key is the one recorded at the first login, if there was one. */
export function sshSettings({ record, paths }: Machine, user: string): SshSettings {
  return {
    user,
    host: '127.0.0.1',
    port: record.sshPort,
    identity: { file: paths.identity },
    agent: false,
    connectTimeoutMs: LOGIN_TIMEOUT,
    ...(record.hostKey === undefined
      ? { knownHostsFiles: [paths.knownHosts], acceptNewHostKey: true }
      : { hostKeys: [record.hostKey] }),
  };
}

/**
 * Logs in as the machine's user and out again. The first time, the guest's host key is recorded: from then on only that
 * one is accepted.
 * @returns the machine with its host key.
 */
export async function learnHostKey(machine: Machine): Promise<Machine> {
  const { record, paths } = machine;
  const settings = sshSettings(machine, record.user);
  if (record.hostKey !== undefined) {
    await (await SshHost.connect(settings)).close();
    return machine;
  }
  // Several podbsd may wait for the same guest: each has a file of its own.
  const learnt = `${paths.knownHosts}.${process.pid}`;
  try {
    await (await SshHost.connect({ ...settings, knownHostsFiles: [learnt], acceptNewHostKey: true })).close();
    return await keepHostKey(machine, await readFile(learnt, 'utf8'));
  } finally {
    await rm(learnt, { force: true });
  }
}

async function keepHostKey(machine: Machine, known: string): Promise<Machine> {
  const { record, paths } = machine;
  const hostKey = known.trim().split(' ').slice(1, 3).join(' ');
  await replaceFile(paths.knownHosts, `${record.name} ${hostKey}\n`, 0o600);
  return await saveMachine(machine, { hostKey });
}

/** Options of ssh(1) and scp(1): the machine's own key, and the guest's host key under the machine's name. */
function commonOptions({ record, paths }: Machine): string[] {
  const strict = record.hostKey === undefined ? 'accept-new' : 'yes';
  return [
    ...['-F', '/dev/null', '-i', sshPath(paths.identity), '-o', 'IdentitiesOnly=yes'],
    ...['-o', `UserKnownHostsFile="${sshPath(paths.knownHosts)}"`, '-o', 'GlobalKnownHostsFile=/dev/null'],
    ...['-o', `HostKeyAlias=${record.name}`, '-o', 'CheckHostIP=no', '-o', `StrictHostKeyChecking=${strict}`],
    ...['-o', 'LogLevel=ERROR'],
  ];
}

/** ssh(1) reads a percent sign in a path as the beginning of a token. */
function sshPath(path: string): string {
  return path.replaceAll('%', '%%');
}

/** The user for `ssh` and `cp` when none is named: root in a rootful machine, as with podman 5.5 and later. */
export function defaultUser({ rootful, user }: Machine['record']): string {
  return rootful ? 'root' : user;
}

export function sshArgv(machine: Machine, user: string, command: readonly string[]): Argv {
  const { sshPort } = machine.record;
  const terminal = command.length === 0 ? ['-t'] : [];
  const words = command.length === 0 ? [] : ['--', ...command];
  const options = [...commonOptions(machine), '-p', String(sshPort), ...terminal];
  return ['ssh', ...options, `${user}@127.0.0.1`, ...words];
}

/** One side of a copy: a path here, or one in the guest. */
export interface CopyPlace {
  readonly path: string;
  readonly inGuest: boolean;
}

export function scpArgv(machine: Machine, from: CopyPlace, to: CopyPlace): Argv {
  const { record } = machine;
  const place = ({ path, inGuest }: CopyPlace): string => {
    if (inGuest) return `${defaultUser(record)}@127.0.0.1:${path}`;
    // A colon before the first slash would make scp(1) look for a host.
    return path.startsWith('/') ? path : `./${path}`;
  };
  const options = [...commonOptions(machine), '-P', String(record.sshPort), '-r'];
  return ['scp', ...options, '--', place(from), place(to)];
}
