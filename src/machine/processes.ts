import { readFile, rm } from 'node:fs/promises';
import { errnoOf } from '../ground/errors.ts';
import { until } from '../ground/until.ts';
import { CommandError } from '../host/command-error.ts';
import { runProgram } from '../host/run-program.ts';

/** Milliseconds between two checks whether a process has ended. */
const INTERVAL = 50;
/** What fits into a pid_t. */
const MAX_PID = 2 ** 31 - 1;
/** Every so many of them ps(1) is asked, too: it knows of a process that has ended and that nobody has waited for. */
const LOOKS_PER_PS = 10;

/**
 * The process that a pid file names, if it is still the one that wrote it: after a crash or a restart of the host the
 * number may belong to another process. Its command line must hold `mark`, a path that only this machine has.
 */
export async function livingProcess(pidFile: string, mark: string): Promise<number | undefined> {
  const pid = await someProcess(pidFile);
  return pid !== undefined && (await commandLine(pid)).includes(mark) ? pid : undefined;
}

/** The process, whosever it is, that has the number in a pid file. Starts no program to find out. */
async function someProcess(pidFile: string): Promise<number | undefined> {
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).trim());
  if (!Number.isInteger(pid) || pid <= 1 || pid > MAX_PID) return undefined;
  return signalProcess(pid, 0) ? pid : undefined;
}

/** Empty when there is no such process. A process that has ended and was not waited for has no arguments either. */
async function commandLine(pid: number): Promise<string> {
  try {
    const argv = ['ps', '-ww', '-o', 'args=', '-p', String(pid)] as const;
    return (await runProgram(argv)).stdout;
  } catch (error) {
    if (error instanceof CommandError && error.failure.exitCode === 1) return '';
    throw error;
  }
}

/** Ends the process that a pid file names: SIGTERM, and SIGKILL when it is still there after `patience` milliseconds. */
export async function endProcess(pidFile: string, mark: string, patience = 3_000): Promise<void> {
  const pid = await livingProcess(pidFile, mark);
  if (pid !== undefined) {
    signalProcess(pid, 'SIGTERM');
    if (!(await goneWithin(pidFile, mark, patience))) {
      signalProcess(pid, 'SIGKILL');
      await goneWithin(pidFile, mark, patience);
    }
  }
  await rm(pidFile, { force: true });
}

/** Waits for the end of a process; false when it is still there. */
export async function goneWithin(pidFile: string, mark: string, milliseconds: number): Promise<boolean> {
  let looks = 0;
  const gone = async (): Promise<true | undefined> => {
    const find = looks++ % LOOKS_PER_PS === 0 ? livingProcess : someProcess;
    return (await find(pidFile, mark)) === undefined ? true : undefined;
  };
  const seen = await until(gone, { every: INTERVAL, within: milliseconds });
  return seen ?? (await livingProcess(pidFile, mark)) === undefined;
}

/** False when there is no such process. Signal 0 only asks, and is refused when the process is somebody else’s. */
function signalProcess(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ESRCH') return false;
    if (code === 'EPERM' && signal === 0) return true;
    throw error;
  }
}
