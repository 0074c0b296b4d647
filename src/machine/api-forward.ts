import { rm, writeFile } from 'node:fs/promises';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { exists } from '../ground/exists.ts';
import { readText } from '../ground/read-text.ts';
import { until } from '../ground/until.ts';
import { startInBackground } from '../host/background.ts';
import { lastLines } from '../host/command-error.ts';
import type { Argv } from '../host/host.ts';
import { SshHost } from '../host/ssh.ts';
import { apiTarget } from './api-target.ts';
import { sshSettings } from './login.ts';
import { podbsdCommand } from './own-command.ts';
import { makeRuntimeFolder } from './places.ts';
import { endProcess, livingProcess } from './processes.ts';
import type { Machine } from './record.ts';
import { vmProcess } from './state.ts';

/** Milliseconds in which the forwarder has to log in and open its socket. */
const START_TIMEOUT = 60_000;
/** Milliseconds between two checks whether the machine still runs. */
const INTERVAL = 1_000;

/** Where clients find the machine's API, e.g. for DOCKER_HOST. */
export function apiAddress({ paths }: Machine): string {
  return `unix://${paths.apiSocket}`;
}

/**
 * Makes the machine's API available at its local socket, through a podbsd process in the background that ends with the
 * machine.
 */
export async function ensureForward(machine: Machine): Promise<void> {
  const { paths, record } = machine;
  // The session that started the machine may have taken its folder for sockets with it when it ended.
  const running = (await livingProcess(paths.forwardPid, paths.forwardPid)) !== undefined;
  if (running && (await exists(paths.apiSocket))) return;
  // A killed forwarder has left both; the new one writes its pid file when its socket is open.
  await stopForward(machine);
  await makeRuntimeFolder(paths.runtime);
  const background = await startInBackground(forwardArgv(machine), paths.forwardLog);
  const opened = await until(
    async () => ((await exists(paths.forwardPid)) ? true : background.hasEnded() ? false : undefined),
    { every: 50, within: START_TIMEOUT },
  );
  if (opened === true) return;
  throw new PodbsdError({
    doing: `forwarding the API of ${record.name}`,
    problem: lastLines((await readText(paths.forwardLog)) ?? '', 5) || 'the login timed out',
    remedy: `the machine runs; podbsd machine start ${record.name} tries again`,
    exitCode: ExitCode.network,
  });
}

/** The path of the pid file identifies its process. */
function forwardArgv({ record, paths }: Machine): Argv {
  return [...podbsdCommand(), 'machine', '__forward', record.name, '--pid-file', paths.forwardPid];
}

export async function stopForward({ paths }: Machine): Promise<void> {
  await endProcess(paths.forwardPid, paths.forwardPid);
  await rm(paths.apiSocket, { force: true });
}

/** The podbsd in the background: forwards connections into the guest until the machine has ended. */
export async function runForward(machine: Machine, pidFile: string, signal: AbortSignal): Promise<void> {
  const { user, socket } = apiTarget(machine.record);
  const ssh = await SshHost.connect(sshSettings(machine, user));
  await rm(machine.paths.apiSocket, { force: true });
  const forward = await ssh.forwardUnix(machine.paths.apiSocket, socket);
  await writeFile(pidFile, `${process.pid}\n`, { mode: 0o600 });
  try {
    const ended = async () => ((await vmProcess(machine)) === undefined ? true : undefined);
    await until(ended, { every: INTERVAL, signal }).catch((error: unknown) => {
      if (!signal.aborted) throw error;
    });
  } finally {
    await forward.close();
    await rm(pidFile, { force: true });
    await ssh.close();
  }
}
