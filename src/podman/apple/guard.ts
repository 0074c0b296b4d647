import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { LineSplitter } from '../../host/line-splitter.ts';
import type { Sockets } from './sockets.ts';

export interface GuardOptions {
  /** The folder of front/guard, front/launch and front/datagram.pl. */
  readonly lib: string;
  /** Milliseconds that the guard of an earlier start may take to end. */
  readonly patience: number;
  readonly lock: string;
  /** The disk as QEMU's command line names it. */
  readonly disk: string;
  readonly gvproxySocket: string;
  readonly gvproxyPids: readonly string[];
  readonly sockets: Sockets;
}

/**
 * The process that removes what a machine leaves behind (front/guard), in a session of its own, so that it does so even
 * after a `kill -9` of this one. It holds the machine's lock until nothing is left.
 */
export class Guard {
  readonly #process: ChildProcessByStdio<Writable, Readable, null>;
  readonly #lib: string;

  private constructor(process: ChildProcessByStdio<Writable, Readable, null>, lib: string) {
    this.#process = process;
    this.#lib = lib;
    process.stdin.on('error', () => undefined);
  }

  /** @throws PodbsdError with exit code `locked` when the machine runs already. */
  static async start(options: GuardOptions): Promise<Guard> {
    const { lib, patience, lock, disk, gvproxySocket, gvproxyPids, sockets } = options;
    const what = [String(Math.ceil(patience / 100)), lock, disk, gvproxySocket];
    const args = [join(lib, 'guard'), ...what, sockets.folder ?? '', sockets.prefix, ...gvproxyPids];
    const child = spawn('/bin/sh', args, { cwd: '/', detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
    const said = await firstLine(child);
    if (said === 'locked') return new Guard(child, lib);
    const owner = /^busy (\d+)$/.exec(said)?.[1];
    throw new PodbsdError({
      doing: 'locking the machine',
      problem: owner === undefined ? said : `it runs already (podbsd's guard is process ${owner})`,
      remedy: owner === undefined ? 'check that the folder is writable' : 'podman machine list',
      exitCode: owner === undefined ? ExitCode.host : ExitCode.locked,
    });
  }

  /** Starts QEMU in a session of its own: ctrl-C in the terminal where podman runs does not reach it. */
  launch(argv: readonly string[]): ChildProcessByStdio<null, null, Readable> {
    return spawn('/bin/sh', [join(this.#lib, 'launch'), ...argv], {
      cwd: '/',
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', this.#process.stdin],
    }) as ChildProcessByStdio<null, null, Readable>;
  }

  /** podman has asked to stop: it will end gvproxy itself, as it does after vfkit. */
  stopping(): void {
    this.#process.stdin.write('stopping\n');
  }

  /** QEMU has ended; the guard does the rest. */
  async ended(): Promise<void> {
    await new Promise<void>((resolve) => this.#process.stdin.end('ended\n', () => resolve()));
  }

  /** Nothing was started, or it is to be ended. */
  leave(): void {
    this.#process.stdin.end();
  }
}

async function firstLine(child: ChildProcessByStdio<Writable, Readable, null>): Promise<string> {
  return await new Promise((resolve, reject) => {
    const lines = new LineSplitter(resolve);
    child.stdout.on('data', (chunk: Buffer) => lines.push(chunk));
    child.once('error', reject);
    void once(child, 'close').then(() => resolve('the guard did not start'), reject);
  });
}
