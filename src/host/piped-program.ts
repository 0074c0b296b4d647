import { spawn, type ChildProcess } from 'node:child_process';
import { CommandError, type CommandFailure } from './command-error.ts';
import type { Argv } from './host.ts';
import { HERE, startFailure } from './run-program.ts';

export interface PipeOptions {
  /** Where standard output goes: an open file (from its current position on), or to this function, in order. */
  readonly stdout: number | ((chunk: Buffer) => void | Promise<void>);
  /** Stops the program with SIGTERM. */
  readonly signal?: AbortSignal | undefined;
}

/** How much of standard error is kept for the error message; bytes. */
const MAX_STDERR = 64 * 1024;

type Ending = { code: number | null; signal: NodeJS.Signals | null } | { error: Error };

/** A running program whose standard input and output are streams of bytes of any length. */
export class PipedProgram {
  readonly #argv: Argv;
  readonly #child: ChildProcess;
  readonly #ending: Promise<Ending>;
  readonly #output: Promise<void>;
  #stderr = '';

  constructor(argv: Argv, options: PipeOptions) {
    const [program, ...args] = argv;
    const { stdout, signal } = options;
    this.#argv = argv;
    const child = spawn(program, args, {
      stdio: ['pipe', typeof stdout === 'number' ? stdout : 'pipe', 'pipe'],
      // A session of its own: ctrl-C in the terminal must reach podbsd only.
      detached: true,
      ...(signal === undefined ? {} : { signal }),
    });
    this.#child = child;
    this.#ending = new Promise((resolve) => {
      child.on('error', (error) => resolve({ error }));
      child.on('close', (code, endedBy) => resolve({ code, signal: endedBy }));
    });
    // A program that ends early breaks the pipe; end() reports why it ended.
    child.stdin?.on('error', () => undefined);
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-MAX_STDERR);
    });
    this.#output = typeof stdout === 'number' ? Promise.resolve() : this.#drain(stdout);
    // Handled in end().
    this.#output.catch(() => undefined);
  }

  /** Hands bytes to the program; settles when they have left the buffer, which may then be used again. */
  async write(bytes: Buffer): Promise<void> {
    const { stdin } = this.#child;
    const error = await new Promise<Error | null | undefined>((resolve) => {
      if (stdin?.writable === true) stdin.write(bytes, resolve);
      else resolve(new Error('its standard input is closed'));
    });
    if (error === null || error === undefined) return;
    await this.end();
    throw error;
  }

  /** Closes standard input and waits for the end. Rejects with CommandError when the program failed. */
  async end(): Promise<void> {
    this.#child.stdin?.end();
    const ending = await this.#ending;
    await this.#output;
    if ('code' in ending && ending.code === 0) return;
    throw new CommandError({
      argv: this.#argv,
      hostName: HERE,
      ...howEnded(ending),
      stdout: '',
      stderr: this.#stderr,
    });
  }

  /** Ends the program whatever it does and waits for it. Never rejects. */
  async stop(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ending;
    await this.#output.catch(() => undefined);
  }

  async #drain(take: (chunk: Buffer) => void | Promise<void>): Promise<void> {
    try {
      for await (const chunk of this.#child.stdout ?? []) await take(chunk as Buffer);
    } catch (error) {
      this.#child.kill('SIGKILL');
      throw error;
    }
  }
}

function howEnded(ending: Ending): Pick<CommandFailure, 'kind' | 'exitCode' | 'signal' | 'reason'> {
  if ('error' in ending) {
    const stopped = ending.error.name === 'AbortError';
    return { ...(stopped ? { kind: 'stopped' } : startFailure(ending.error)), exitCode: undefined };
  }
  if (ending.signal !== null) return { kind: 'signal', exitCode: undefined, signal: ending.signal };
  return { kind: 'exit', exitCode: ending.code ?? undefined };
}
