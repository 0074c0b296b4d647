import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream, existsSync, type WriteStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import type { Server } from 'node:net';
import { ExitCode, PodbsdError, errnoOf, messageOf } from '../../../ground/errors.ts';
import { connectUnixSocket } from '../../../vm/unix-socket.ts';
import type { Machine } from '../../record.ts';
import { bhyveArgv, vmName } from './argv.ts';
import { SerialConsole } from './console.ts';
import { destroyVm, loadHypervisor } from './kernel.ts';
import { openMonitor } from './monitor.ts';

/** bhyve's exit codes. Any other than these three is a failure. */
const REBOOTED = 0;
const ENDED: readonly (number | null)[] = [1, 2];

/** Milliseconds until bhyve must have opened the socket of the ready port, generous for a busy host. */
const SOCKET_TIMEOUT = 20_000;

/**
 * What the podbsd in the background does for a machine under bhyve: runs bhyve, again each time the guest reboots,
 * until the guest powers off. To the code that starts, watches and stops machines it looks like QEMU: one process,
 * named by `pidFile`, that has a monitor, a console and a file for the ready line, and ends at SIGTERM.
 */
export async function keepBhyve(
  machine: Machine,
  { pidFile, signal }: { pidFile: string; signal: AbortSignal },
): Promise<void> {
  const { paths } = machine;
  await writeFile(pidFile, `${process.pid}\n`, { mode: 0o600 });
  await loadHypervisor();
  const keeper = new Keeper(machine);
  signal.addEventListener('abort', () => keeper.powerOff(), { once: true });
  try {
    await keeper.run();
  } finally {
    await destroyVm(vmName(machine));
    const sockets = [paths.readySocket, paths.qmpSocket, paths.consoleSocket];
    for (const path of [...sockets, pidFile]) await rm(path, { force: true });
  }
}

class Keeper {
  readonly #machine: Machine;
  #bhyve: ChildProcess | undefined;
  #ending = false;

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** bhyve presses the guest's ACPI button when it gets SIGTERM. */
  pressPowerButton(): void {
    this.#bhyve?.kill('SIGTERM');
  }

  powerOff(): void {
    this.#ending = true;
    this.#bhyve?.kill('SIGKILL');
  }

  async run(): Promise<void> {
    const { paths } = this.#machine;
    const ready = createWriteStream(paths.ready, { flags: 'w', mode: 0o600 });
    const console = await SerialConsole.open(paths.consoleSocket, paths.console);
    let monitor: Server | undefined;
    let code: number | null = REBOOTED;
    try {
      while (this.#goesOn(code)) {
        await destroyVm(vmName(this.#machine));
        await rm(paths.readySocket, { force: true });
        const exited = this.#start(console);
        await this.#listen(ready, exited);
        // Only now: an open monitor means that bhyve has accepted its command line.
        if (this.#runs()) monitor ??= await openMonitor(paths.qmpSocket, this);
        code = await exited;
      }
    } finally {
      this.#bhyve?.kill('SIGKILL');
      monitor?.close();
      await console.close();
      ready.end();
    }
  }

  /** Whether bhyve is to be run (again) after it has ended with this code. */
  #goesOn(code: number | null): boolean {
    if (this.#ending || ENDED.includes(code)) return false;
    if (code !== REBOOTED) throw failed(code);
    return true;
  }

  /** Resolves with the exit code, null when a signal has ended it. */
  async #start(console: SerialConsole): Promise<number | null> {
    const [program, ...args] = bhyveArgv(this.#machine, existsSync(this.#machine.paths.environment));
    const bhyve = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#bhyve = bhyve;
    bhyve.stdout.on('data', (text: Buffer) => console.print(text));
    bhyve.stdin.on('error', () => undefined);
    console.keyboard = (typed) => void bhyve.stdin.write(typed);
    return await new Promise((resolve, reject) => {
      bhyve.once('error', (error) => reject(notStarted(error)));
      bhyve.once('close', resolve);
    });
  }

  /** What the guest writes while nobody is connected is lost, so this must be there before the guest is. */
  async #listen(ready: WriteStream, exited: Promise<unknown>): Promise<void> {
    const over = new AbortController();
    const connecting = connectUnixSocket(this.#machine.paths.readySocket, {
      timeoutMs: SOCKET_TIMEOUT,
      signal: over.signal,
    });
    connecting.catch(() => undefined);
    const socket = await Promise.race([connecting, exited.then(() => undefined)]);
    over.abort();
    socket?.on('error', () => undefined);
    socket?.pipe(ready, { end: false });
  }

  #runs(): boolean {
    return this.#bhyve?.exitCode === null && this.#bhyve.signalCode === null;
  }
}

function failed(code: number | null): PodbsdError {
  const how = code === 3 ? 'the guest had a triple fault' : `it has ended with ${code ?? 'a signal'}`;
  return new PodbsdError({ doing: 'running bhyve', problem: how, exitCode: ExitCode.program });
}

function notStarted(error: Error): PodbsdError {
  const missing = errnoOf(error) === 'ENOENT';
  return new PodbsdError({
    doing: 'running bhyve',
    problem: missing ? 'there is no bhyve on this host: it is a part of FreeBSD' : messageOf(error),
    exitCode: ExitCode.host,
    cause: error,
  });
}
