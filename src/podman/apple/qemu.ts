import type { ChildProcessByStdio } from 'node:child_process';
import type { Readable } from 'node:stream';
import { LineSplitter } from '../../host/line-splitter.ts';
import { QmpClient } from '../../vm/qmp.ts';
import { connectUnixSocket } from '../../vm/unix-socket.ts';
import type { MachineLog } from './log.ts';
import type { Sockets } from './sockets.ts';

/** Milliseconds until QEMU must have opened its sockets, generous for a busy host. */
const SOCKET_PATIENCE = 120_000;
/** Milliseconds between two presses of the power button: a guest that is still in its loader misses the first. */
const BUTTON_INTERVAL = 10_000;
/** Milliseconds until QEMU must have ended after it was told to. */
const QUIT_PATIENCE = 2_000;
/** Longer than any ready line of a guest. */
const LONGEST_LINE = 4096;

/** The QEMU of a machine, from its start to its end. */
export class Qemu {
  /** Resolves with how it ended: `exit code 0`, `SIGKILL`. */
  readonly ended: Promise<string>;
  /** The last lines of its own output. */
  readonly said: string[] = [];
  readonly #process: ChildProcessByStdio<null, null, Readable>;
  readonly #over = new AbortController();
  readonly #monitor: Promise<QmpClient>;
  #pressing = false;

  constructor(process: ChildProcessByStdio<null, null, Readable>, sockets: Sockets, log: MachineLog) {
    this.#process = process;
    const lines = new LineSplitter((line) => {
      this.said.push(line);
      if (this.said.length > 5) this.said.shift();
      log.note(line);
    });
    process.stderr.on('data', (chunk: Buffer) => lines.push(chunk));
    this.ended = new Promise((resolve) => {
      process.once('error', (error) => resolve(error.message));
      // All its output has been read by then.
      process.once('close', (code, signal) => {
        lines.end();
        resolve(signal ?? `exit code ${String(code)}`);
      });
    });
    void this.ended.then(() => this.#over.abort(new Error('QEMU has ended')));
    const connecting = { timeoutMs: SOCKET_PATIENCE, signal: this.#over.signal };
    this.#monitor = QmpClient.connect(sockets.monitor, connecting);
    // A QEMU that hangs is ended by podman's HardStop.
    this.#monitor.catch(() => undefined);
  }

  /**
   * Listens to the guest's ready port at once: what it writes while nobody listens is lost. A guest that reboots writes
   * again, so it is read until the end.
   */
  async listen(ready: string, onLine: (line: string) => void): Promise<void> {
    const connecting = { timeoutMs: SOCKET_PATIENCE, signal: this.#over.signal };
    const socket = await connectUnixSocket(ready, connecting);
    let open: LineSplitter | undefined = new LineSplitter((line) => {
      if (line === '' || open === undefined) return;
      open = undefined;
      onLine(line);
    });
    let length = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk: Buffer) => {
      length += chunk.length;
      open?.push(chunk);
      if (length > LONGEST_LINE) open = undefined;
    });
  }

  /** Presses the power button, and again, until the guest has gone. */
  powerOff(): void {
    if (this.#pressing) return;
    this.#pressing = true;
    const press = async (): Promise<void> => {
      try {
        const monitor = await this.#monitor;
        // A guest that QEMU paused, because the host's disk was full, would never see the button.
        if (!(await monitor.status()).running) await monitor.execute('cont');
        await monitor.pressPowerButton();
      } catch {
        // It hangs, or has ended: then the time limit decides.
      }
    };
    void press();
    const again = setInterval(() => void press(), BUTTON_INTERVAL);
    this.#over.signal.addEventListener('abort', () => clearInterval(again));
  }

  /** Ends QEMU at once. */
  quit(): void {
    void this.#monitor.then((monitor) => monitor.quit()).catch(() => undefined);
    const kill = setTimeout(() => this.#process.kill('SIGKILL'), QUIT_PATIENCE);
    this.#over.signal.addEventListener('abort', () => clearTimeout(kill));
  }
}
