import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { runProgram } from '../host/run-program.ts';
import { pressUntilGone } from './power-button.ts';
import { qemuArgv } from './qemu-argv.ts';
import { QmpClient } from './qmp.ts';
import { waitForReady } from './ready-port.ts';
import type { MachineSpec } from './spec.ts';

/** QEMU ends within this time after SIGTERM, unless it hangs; milliseconds. After it comes SIGKILL. */
const TERM_TIMEOUT = 5_000;
/** QEMU opens its monitor within this time even on a busy host; milliseconds. */
const MONITOR_TIMEOUT = 30_000;

export interface StartOptions {
  /** How long the guest may take to write `Ready`; milliseconds. */
  readonly readyTimeoutMs: number;
  /** Kills the machine when aborted. */
  readonly signal?: AbortSignal;
}

/** How a QEMU process ended: the error says why if it failed. */
export interface QemuExit {
  readonly error?: unknown;
}

/** A QEMU process that belongs to this process and must not outlive it: end it with `powerOff()` or `kill()`. */
export class RunningMachine {
  readonly spec: MachineSpec;
  /** Resolves when QEMU has ended, never rejects. */
  readonly exited: Promise<QemuExit>;
  /** Resolves when the guest has written `Ready`; rejects when it has not in time, or wrote a reason instead. */
  readonly ready: Promise<void>;
  readonly qmp: QmpClient;
  readonly #terminate: AbortController;

  private constructor(
    parts: Pick<RunningMachine, 'spec' | 'exited' | 'ready' | 'qmp'>,
    end: AbortController,
  ) {
    this.spec = parts.spec;
    this.exited = parts.exited;
    this.ready = parts.ready;
    this.qmp = parts.qmp;
    this.#terminate = end;
  }

  /** Starts QEMU and returns when its monitor answers. */
  static async start(spec: MachineSpec, options: StartOptions): Promise<RunningMachine> {
    options.signal?.throwIfAborted();
    const terminate = new AbortController();
    options.signal?.addEventListener('abort', () => terminate.abort(options.signal?.reason), { once: true });
    const signal = terminate.signal;

    const exited = runProgram(qemuArgv(spec), { signal }).then(
      (): QemuExit => ({}),
      (error: unknown): QemuExit => ({ error }),
    );
    // Listens from the start: what the guest writes while nobody is connected is lost.
    const ready = waitForReady(spec.readySocket, { timeoutMs: options.readyTimeoutMs, signal });
    ready.catch(() => undefined);
    try {
      const connecting = QmpClient.connect(spec.qmpSocket, { timeoutMs: MONITOR_TIMEOUT, signal });
      connecting.catch(() => undefined);
      const qmp = await Promise.race([connecting, exited.then(refusal)]);
      return new RunningMachine({ spec, exited, ready, qmp }, terminate);
    } catch (error) {
      terminate.abort(error);
      await exited;
      throw error;
    }
  }

  /**
   * Presses the power button, again every ten seconds, until QEMU ends. Rejects when it has not ended in time; the machine
   * is then still running.
   */
  async powerOff(timeoutMs: number): Promise<void> {
    const button = {
      // QEMU may end between two presses, so the next one may fail.
      press: async () => await this.qmp.pressPowerButton().catch(() => undefined),
      goneWithin: async (milliseconds: number) => await this.#exitsWithin(milliseconds),
    };
    if (await pressUntilGone(button, { limitMs: timeoutMs })) return;
    throw new PodbsdError({
      doing: 'powering the machine off',
      problem: `the guest has not powered off ${Math.round(timeoutMs / 1000)} s after the power button was pressed`,
      exitCode: ExitCode.notReady,
    });
  }

  /** Ends QEMU without shutting the guest down, and waits until it is gone. No error when it has ended already. */
  async kill(): Promise<void> {
    const pid = await readFile(this.spec.pidFile, 'utf8').then(Number, () => undefined);
    this.qmp.close();
    this.#terminate.abort(new Error('the machine was stopped'));
    if (await this.#exitsWithin(TERM_TIMEOUT)) return;
    if (pid !== undefined && pid > 0) process.kill(pid, 'SIGKILL');
    await this.exited;
  }

  async #exitsWithin(milliseconds: number): Promise<boolean> {
    const timer = new AbortController();
    const late = sleep(milliseconds, false, { signal: timer.signal }).catch(() => false);
    const gone = await Promise.race([this.exited.then(() => true), late]);
    timer.abort();
    return gone;
  }
}

/** QEMU has ended before its monitor answered: it refused its command line, or the port is taken. */
function refusal(exit: QemuExit): never {
  if (exit.error instanceof Error) throw exit.error;
  throw new PodbsdError({
    doing: 'starting QEMU',
    problem: 'it ended at once without saying why',
    exitCode: ExitCode.program,
  });
}
