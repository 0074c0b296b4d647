import { spawn } from 'node:child_process';
import { open } from 'node:fs/promises';
import { CommandError } from './command-error.ts';
import type { Argv } from './host.ts';
import { HERE, startFailure } from './run-program.ts';

/** A program that keeps running after podbsd has ended. */
export interface BackgroundProgram {
  readonly pid: number;
  /** Resolves with the exit code (undefined: ended by a signal) if the program ends while podbsd is still there. */
  readonly exited: Promise<number | undefined>;
  hasEnded(): boolean;
}

/**
 * Starts a program of this machine in a session of its own, so that neither ctrl-C nor the end of podbsd reaches it.
 * @param logFile gets both of its output streams; emptied first.
 */
export async function startInBackground(argv: Argv, logFile: string): Promise<BackgroundProgram> {
  const [program, ...args] = argv;
  const log = await open(logFile, 'w', 0o600);
  try {
    const child = spawn(program, args, { detached: true, stdio: ['ignore', log.fd, log.fd] });
    const exited = new Promise<number | undefined>((resolve) => {
      child.once('exit', (code) => resolve(code ?? undefined));
    });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    child.unref();
    if (child.pid === undefined) throw new Error('it has no process id');
    const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
    return { pid: child.pid, exited, hasEnded };
  } catch (error) {
    const how = { ...startFailure(error), exitCode: undefined, stdout: '', stderr: '' };
    throw new CommandError({ argv, hostName: HERE, ...how }, error);
  } finally {
    await log.close();
  }
}
