import type { Client, ClientChannel } from 'ssh2';
import type { RunOptions } from '../host.ts';
import { shRequest } from './quote.ts';

/** Milliseconds to wait for the program's process id, and for the output of a killed program to end. */
const PATIENCE = 5_000;

type Signal = 'TERM' | 'KILL';

/** Ends the program when it runs out of time or the caller aborts. */
export class Stopper {
  /** Why the program was ended, for its CommandError. */
  kind: 'stopped' | 'timeout' | undefined;
  readonly #client: Client;
  readonly #channel: ClientChannel;
  readonly #timers: NodeJS.Timeout[] = [];
  #pid: number | undefined;
  #waiting: Signal | undefined;

  constructor(client: Client, channel: ClientChannel) {
    this.#client = client;
    this.#channel = channel;
  }

  /** Returns the function that stops watching. */
  watch({ signal, timeoutMs }: RunOptions): () => void {
    const onAbort = (): void => this.#stop('TERM', 'stopped');
    if (signal?.aborted === true) onAbort();
    else signal?.addEventListener('abort', onAbort, { once: true });
    if (timeoutMs !== undefined) {
      this.#later(timeoutMs, () => this.#stop('KILL', 'timeout'));
    }
    return () => {
      signal?.removeEventListener('abort', onAbort);
      for (const timer of this.#timers) clearTimeout(timer);
    };
  }

  /** The program's process id has become known. */
  started(pid: number): void {
    this.#pid = pid;
    if (this.#waiting !== undefined) this.#kill(this.#waiting, pid);
    this.#waiting = undefined;
  }

  #stop(signal: Signal, kind: 'stopped' | 'timeout'): void {
    this.kind ??= kind;
    // What a program that ran out of time leaves behind may hold the channel open; it is not waited for.
    if (signal === 'KILL') this.#later(PATIENCE, () => this.#channel.close());
    if (this.#pid !== undefined) {
      this.#kill(signal, this.#pid);
      return;
    }
    this.#waiting = signal;
    this.#later(PATIENCE, () => {
      if (this.#waiting !== undefined) this.#channel.signal(signal);
    });
  }

  #kill(signal: Signal, pid: number): void {
    this.#client.exec(killRequest(signal, pid), (error, channel) => {
      // No second channel is available: SSH's own signal request reaches the whole process group, but it does reach it.
      if (error !== undefined) this.#channel.signal(signal);
      else channel.resume().stderr.resume();
    });
  }

  #later(milliseconds: number, what: () => void): void {
    this.#timers.push(setTimeout(what, milliseconds));
  }
}

/**
 * SIGTERM goes to the program alone, which cleans up after itself. A program that ran out of time is killed with all of
 * its process group: sshd made the program the leader of a session, and children would keep the channel open.
 */
function killRequest(signal: Signal, pid: number): string {
  const alone = `kill -s ${signal} ${pid}`;
  return shRequest(signal === 'TERM' ? alone : `kill -s KILL -- -${pid} 2>/dev/null || ${alone}`);
}
