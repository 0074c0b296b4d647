import { setTimeout as sleep } from 'node:timers/promises';
import { CommandError, type CommandFailure } from '../command-error.ts';
import type { Argv, Host, RunOptions, RunResult } from '../host.ts';
import { LineSplitter } from '../line-splitter.ts';
import { openLogFile } from '../log-file.ts';
import { Output } from '../output.ts';
import { isNetworkError } from './again.ts';
import { startScript } from './remote-command.ts';

/** A host whose files can be read in parts. */
export interface LastingHost extends Host {
  /** What a file holds from this position on, up to some limit; empty at its end and when there is no such file. */
  readFrom(path: string, position: number): Promise<Buffer>;
}

/** Milliseconds between two polls of a silent program: increasing up to the last. */
const PAUSES = [50, 100, 250, 500, 1000];
/** After how many polls without output it is checked whether the program still runs. */
const STILL_THERE = 10;
/** Polls in a row that may fail because of the network. Each retries for a minute by itself. */
const LOST_LOOKS = 60;
/** Milliseconds until the next attempt when the host could not be reached. */
const LOST_PAUSE = 2_000;

/**
 * Runs a program that does not depend on the connection: it writes to files on the host, and so does the shell that
 * waits for it with its exit status. Here these files are read until the status is there, across as many connections
 * as it takes.
 * @param parent folder on the host for the files of all such programs.
 */
export async function runLasting(
  host: LastingHost,
  argv: Argv,
  parent: string,
  options: RunOptions,
): Promise<RunResult> {
  const program = new LastingProgram(host, argv, options);
  if (options.signal?.aborted === true) throw program.failure({ kind: 'stopped' });
  const log = options.logFile === undefined ? undefined : await openLogFile(options.logFile);
  try {
    const folder = await program.start(parent);
    let ended = true;
    try {
      return await program.follow(folder, (chunk) => log?.write(chunk));
    } catch (error) {
      ended = !isNetworkError(error);
      throw error;
    } finally {
      // A folder that cannot be removed now does no harm.
      if (ended) await host.remove(folder).catch(() => undefined);
    }
  } finally {
    await log?.close();
  }
}

class LastingProgram {
  readonly #host: LastingHost;
  readonly #argv: Argv;
  readonly #options: RunOptions;
  readonly #printed = { out: new Output(), err: new Output() };

  constructor(host: LastingHost, argv: Argv, options: RunOptions) {
    this.#host = host;
    this.#argv = argv;
    this.#options = options;
  }

  failure(
    how: Pick<CommandFailure, 'kind' | 'reason'> & { exitCode?: number },
    cause?: unknown,
  ): CommandError {
    const [stdout, stderr] = [this.#printed.out.text(), this.#printed.err.text()];
    const { exitCode } = how;
    return new CommandError(
      { argv: this.#argv, hostName: this.#host.name, ...how, exitCode, stdout, stderr },
      cause,
    );
  }

  /** Starts the program. May be repeated after a lost connection: the program starts only once. */
  async start(parent: string): Promise<string> {
    await this.#host.mkdir(parent);
    const orAgain = { readOnly: true } as const;
    const folder = (await this.#host.run(['mktemp', '-d', `${parent}/XXXXXXXX`], orAgain)).stdout.trim();
    try {
      await this.#host.run(['/bin/sh', '-c', startScript(this.#argv, folder, this.#options)], orAgain);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      await this.#host.remove(folder);
      const { exitCode, stderr } = error.failure;
      if (exitCode === 127) throw this.failure({ kind: 'no-program' }, error);
      const reason = exitCode === 126 ? `no such directory: ${this.#options.cwd ?? ''}` : stderr.trim();
      throw this.failure({ kind: 'no-start', reason }, error);
    }
    return folder;
  }

  async follow(folder: string, write: (chunk: Buffer) => void): Promise<RunResult> {
    const { onLine, signal, okCodes = [0] } = this.#options;
    const streams = (['out', 'err'] as const).map((name) => ({
      name,
      position: 0,
      lines: new LineSplitter((line) => onLine?.(line, name === 'out' ? 'stdout' : 'stderr')),
    }));
    /** Reads what is new; true when there was something. */
    const readOn = async (): Promise<boolean> => {
      let any = false;
      for (const stream of streams)
        for (;;) {
          const chunk = await this.#host.readFrom(`${folder}/${stream.name}`, stream.position);
          if (chunk.length === 0) break;
          any = true;
          stream.position += chunk.length;
          this.#printed[stream.name].push(chunk);
          write(chunk);
          stream.lines.push(chunk);
        }
      return any;
    };

    let stopping = false;
    let quiet = 0;
    let lost = 0;
    for (;;) {
      try {
        if (signal?.aborted === true && !stopping) stopping = await this.#terminate(folder);
        // Read before the output: when it is there, the output is complete.
        const status = await this.#host.readText(`${folder}/status`);
        const any = await readOn();
        if (status !== undefined) {
          for (const { lines } of streams) lines.end();
          const exitCode = Number(status);
          if (stopping) throw this.failure({ exitCode, kind: 'stopped' });
          if (!okCodes.includes(exitCode)) throw this.failure({ exitCode, kind: 'exit' });
          return { exitCode, stdout: this.#printed.out.text(), stderr: this.#printed.err.text() };
        }
        quiet = any ? 0 : quiet + 1;
        if (quiet % STILL_THERE === STILL_THERE - 1 && !(await this.#isWaitedFor(folder)))
          throw this.#vanished();
        lost = 0;
        await pause(PAUSES[Math.min(quiet, PAUSES.length - 1)] ?? 0, stopping ? undefined : signal);
      } catch (error) {
        if (!isNetworkError(error) || ++lost > LOST_LOOKS) throw error;
        // Stopping must not depend on the network.
        if (signal?.aborted === true && lost > 1) throw error;
        await pause(LOST_PAUSE, signal);
      }
    }
  }

  /** Sends SIGTERM to the program alone; false while it has no process id yet. */
  async #terminate(folder: string): Promise<boolean> {
    const pid = (await this.#host.readText(`${folder}/pid`))?.trim() ?? '';
    if (pid === '') return false;
    // It may have ended by itself meanwhile.
    await this.#host.run(['kill', '-TERM', pid], { okCodes: [0, 1] });
    return true;
  }

  /** Whether the shell that will record the exit status still runs; its command line names the folder. */
  async #isWaitedFor(folder: string): Promise<boolean> {
    const pid = (await this.#host.readText(`${folder}/waiting`))?.trim() ?? '';
    if (pid === '') return (await this.#host.stat(`${folder}/status`)) !== undefined;
    const ps = ['ps', '-ww', '-o', 'args=', '-p', pid] as const;
    const { stdout } = await this.#host.run(ps, { readOnly: true, okCodes: [0, 1] });
    return stdout.includes(folder) || (await this.#host.stat(`${folder}/status`)) !== undefined;
  }

  #vanished(): CommandError {
    return this.failure({ kind: 'vanished' });
  }
}

/** Ends at once when the user wants to stop. */
async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) return;
  const options = signal === undefined ? {} : { signal };
  await sleep(milliseconds, undefined, options).catch(() => undefined);
}
