import { existsSync } from 'node:fs';
import type { Options, ResultPromise } from 'execa';
import { errnoOf, messageOf } from '../ground/errors.ts';
import { CommandError, type CommandFailure } from './command-error.ts';
import type { Argv, RunOptions, RunResult } from './host.ts';
import { LineSplitter } from './line-splitter.ts';
import { openLogFile } from './log-file.ts';
import { Output } from './output.ts';
import { whyNoChild } from './why-no-child.ts';

/** How messages name the machine that podbsd itself runs on. */
export const HERE = 'this host';

/**
 * Runs a program of this machine to its end. For code that is local by nature; what may run elsewhere asks its Host.
 * @throws CommandError on an exit code that is not ok.
 */
export async function runProgram(argv: Argv, options: RunOptions = {}): Promise<RunResult> {
  const [program, ...args] = argv;
  const log = options.logFile === undefined ? undefined : await openLogFile(options.logFile);
  const execaOptions = {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
    ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
    ...(options.signal === undefined ? {} : { cancelSignal: options.signal }),
    // A session of its own: ctrl-C in the terminal must reach podbsd only, which forwards one signal.
    detached: true,
    // No SIGKILL after the SIGTERM: poudriere may need minutes to clean up.
    forceKillAfterDelay: false,
    reject: false,
    // execa would end a program that prints more than it may keep, and a world prints hundreds of megabytes.
    buffer: false,
  } satisfies Options;

  const { execa } = await import('execa');
  let child: ResultPromise<typeof execaOptions>;
  try {
    child = execa(program, args, execaOptions);
  } catch (error) {
    // Asked at once: the reason comes in the next turn of the event loop.
    const cause = whyNoChild(error);
    await log?.close();
    throw await cause;
  }
  const printed = { stdout: new Output(), stderr: new Output() };
  const splitters = (['stdout', 'stderr'] as const).map((stream) => {
    const splitter = new LineSplitter((line) => options.onLine?.(line, stream));
    child[stream].on('data', (chunk: Buffer) => {
      printed[stream].push(chunk);
      splitter.push(chunk);
      log?.write(chunk);
    });
    return splitter;
  });
  const result = await child;
  for (const splitter of splitters) splitter.end();
  await log?.close();

  const { exitCode } = result;
  const [stdout, stderr] = [printed.stdout.text(), printed.stderr.text()];
  if (exitCode !== undefined && (options.okCodes ?? [0]).includes(exitCode))
    return { exitCode, stdout, stderr };
  throw new CommandError({ argv, hostName: HERE, ...howEnded(result, options), stdout, stderr }, result);
}

/**
 * What a program of this machine prints, trimmed; undefined when it fails or is not installed.
 */
export async function programOutput(argv: Argv, options: RunOptions = {}): Promise<string | undefined> {
  try {
    return (await runProgram(argv, options)).stdout.trim();
  } catch (error) {
    if (error instanceof CommandError) return undefined;
    throw error;
  }
}

/** Why a program could not be started, from what Node.js says about it. */
export function startFailure(error: unknown): Pick<CommandFailure, 'kind' | 'reason'> {
  if (errnoOf(error) === 'ENOENT') return { kind: 'no-program' };
  return { kind: 'no-start', reason: messageOf(error) };
}

function howEnded(
  result: {
    exitCode?: number | undefined;
    signal?: string | undefined;
    timedOut: boolean;
    isCanceled: boolean;
    code?: string | undefined;
    cause?: unknown;
  },
  { cwd }: RunOptions,
): Pick<CommandFailure, 'kind' | 'exitCode' | 'signal' | 'reason'> {
  const { exitCode, signal } = result;
  if (result.timedOut) return { kind: 'timeout', exitCode, signal };
  if (result.isCanceled) return { kind: 'stopped', exitCode, signal };
  // Node.js says the same about a program and about a working directory that is not there.
  if (result.code === 'ENOENT' && cwd !== undefined && !existsSync(cwd))
    return { kind: 'no-start', reason: `no such directory: ${cwd}`, exitCode };
  if (result.code !== undefined) return { ...startFailure(result.cause), exitCode };
  return { kind: signal === undefined ? 'exit' : 'signal', exitCode, signal };
}
