import { readFile, rm } from 'node:fs/promises';
import { errnoOf } from '../ground/errors.ts';
import { until } from '../ground/until.ts';
import { CommandError } from '../host/command-error.ts';
import { runProgram } from '../host/run-program.ts';

/** Milliseconds between two checks whether a process has ended. */
const INTERVAL = 50;

/**
 * The process that a pid file names, if it is still the one that wrote it: after a crash or a restart of the host the
 * number may belong to another process. Its command line must hold `mark`, a path that only this machine has.
 */
export async function livingProcess(pidFile: string, mark: string): Promise<number | undefined> {
  const pid = Number((await readFile(pidFile, 'utf8').catch(() => '')).trim());
  if (!Number.isInteger(pid) || pid <= 1) return undefined;
  return (await commandLine(pid)).includes(mark) ? pid : undefined;
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
  const gone = async (): Promise<true | undefined> =>
    (await livingProcess(pidFile, mark)) === undefined ? true : undefined;
  return (await until(gone, { every: INTERVAL, within: milliseconds })) ?? false;
}

/** No error when the process is gone. */
function signalProcess(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (errnoOf(error) !== 'ESRCH') throw error;
  }
}
