import { stat } from 'node:fs/promises';
import { realClock } from '../ground/clock.ts';
import { ExitCode, PodbsdError, messageOf } from '../ground/errors.ts';
import { until } from '../ground/until.ts';
import { withMonitor } from '../vm/monitor.ts';
import { learnHostKey } from './login.ts';
import type { Machine } from './record.ts';
import { SshdKnock } from './sshd-knock.ts';
import { vmProcess, readyLine } from './state.ts';

/** The phases of a start. Each can be seen from outside. */
export const phases = {
  firmware: 'the machine runs, its firmware looks for the boot loader',
  kernel: 'the guest prints on its console: boot loader, kernel, rc',
  sshd: 'sshd answers',
  provisioned: 'the agent has made accounts and keys: logins work',
  ready: 'the guest says that it is ready',
} as const;
export type Phase = keyof typeof phases;

export interface WatchOptions {
  /** Milliseconds for the whole start. */
  readonly limitMs: number;
  readonly onPhase: (phase: Phase) => void;
  readonly signal?: AbortSignal;
}

/** How a start ended: the machine with its host key, or what went wrong in which phase. */
export type BootResult =
  | { readonly ready: true; readonly machine: Machine }
  | { readonly ready: false; readonly phase: Phase; readonly reason: string };

/** Milliseconds between two polls. */
const INTERVAL = 500;
/** Milliseconds between two probes of sshd, and between two checks whether QEMU has paused the guest. */
const SLOW_INTERVAL = 3_000;

/** Watches a machine whose process runs until it is ready or cannot become ready. Changes nothing in the machine. */
export async function watchBoot(machine: Machine, options: WatchOptions): Promise<BootResult> {
  const { limitMs, onPhase, signal } = options;
  const watch = new Watch(machine, onPhase);
  const result = await until(async () => await watch.look(), { every: INTERVAL, within: limitMs, signal });
  return result ?? watch.failed(watch.lastProblem ?? `not ready after ${Math.round(limitMs / 1000)} s`);
}

class Watch {
  phase: Phase = 'firmware';
  /** Why the last login did not succeed. */
  lastProblem: string | undefined;
  readonly #machine: Machine;
  readonly #onPhase: (phase: Phase) => void;
  readonly #sshd = new SshdKnock();
  #next = 0;

  constructor(machine: Machine, onPhase: (phase: Phase) => void) {
    this.#machine = machine;
    this.#onPhase = onPhase;
    onPhase(this.phase);
  }

  /** Polls once. Undefined while the outcome is still open. */
  async look(): Promise<BootResult | undefined> {
    const machine = this.#machine;
    if ((await vmProcess(machine)) === undefined)
      return this.failed('the machine has ended: the guest powered off, or its process was killed');
    if ((await consoleSize(machine)) > 0) this.reach('kernel');
    const line = await readyLine(machine);
    if (line?.ready === false) return this.failed(line.reason);
    const stopped = await this.#lookSlowly();
    if (stopped !== undefined) return this.failed(stopped);
    if (this.#sshd.answers) this.reach('sshd');
    if (line?.ready !== true) return undefined;
    this.reach('sshd');
    const login = await tryLogin(machine);
    if ('machine' in login) {
      this.reach('ready');
      return { ready: true, machine: login.machine };
    }
    this.lastProblem = login.problem;
    return login.hopeless ? this.failed(login.problem) : undefined;
  }

  /** Checks that would slow a slow machine down if made at every poll. Answers why the guest is paused, if it is. */
  async #lookSlowly(): Promise<string | undefined> {
    if (realClock.now() < this.#next) return undefined;
    this.#next = realClock.now() + SLOW_INTERVAL;
    if (this.phase === 'kernel') this.#sshd.knock(this.#machine.record.sshPort);
    return await whyStopped(this.#machine);
  }

  /** Phases passed between two polls are reported as well; none is reported twice. */
  reach(phase: Phase): void {
    const order = Object.keys(phases) as Phase[];
    const from = order.indexOf(this.phase) + 1;
    for (const passed of order.slice(from, order.indexOf(phase) + 1)) {
      this.phase = passed;
      this.#onPhase(passed);
    }
  }

  failed(reason: string): BootResult {
    return { ready: false, phase: this.phase, reason };
  }
}

async function consoleSize({ paths }: Machine): Promise<number> {
  return await stat(paths.console).then(
    ({ size }) => size,
    () => 0,
  );
}

/** QEMU pauses a guest when the host's file system is full, and resumes it when told to. */
async function whyStopped({ paths }: Machine): Promise<string | undefined> {
  try {
    const { status } = await withMonitor(paths.qmpSocket, async (qmp) => await qmp.status());
    return status === 'io-error'
      ? "QEMU has stopped the guest because its disk could not be written: the host's file system is full"
      : undefined;
  } catch {
    // The monitor is just opening or closing: the next poll will tell.
    return undefined;
  }
}

/** A failed login may succeed later, but a guest with another host key will keep that key. */
async function tryLogin(
  machine: Machine,
): Promise<{ machine: Machine } | { problem: string; hopeless: boolean }> {
  try {
    return { machine: await learnHostKey(machine) };
  } catch (error) {
    if (!(error instanceof PodbsdError)) return { problem: messageOf(error), hopeless: false };
    if (error.exitCode !== ExitCode.untrusted) return { problem: error.problem, hopeless: false };
    const { record, paths } = machine;
    const how = `if its keys were made anew in the guest, remove the line hostKey from ${paths.record}`;
    return {
      problem: `${record.name} has another host key than before: ${error.problem}\n${how}`,
      hopeless: true,
    };
  }
}
