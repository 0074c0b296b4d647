import { stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../host/host.ts';
import { ExitCode, PodbsdError, messageOf } from '../ground/errors.ts';
import { learnHostKey } from './login.ts';
import { withMonitor } from './monitor.ts';
import type { Machine } from './record.ts';
import { SshdKnock } from './sshd-knock.ts';
import { qemuProcess, readyLine } from './state.ts';

/** How far a start has come. Each is something that can be seen from outside. */
export const phases = {
  firmware: 'the machine runs, its firmware looks for the boot loader',
  kernel: 'the guest speaks on its console: boot loader, kernel, rc',
  sshd: 'sshd answers',
  provisioned: 'the agent has made accounts and keys: a login works',
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

/** Milliseconds between two looks. */
const INTERVAL = 500;
/** Milliseconds between two knocks at sshd, and between two questions whether QEMU had to stop the guest. */
const SLOW_INTERVAL = 3_000;

/** Watches a machine whose QEMU runs until it is ready, or cannot become so. Nothing is changed in the machine. */
export async function watchBoot(host: Host, machine: Machine, options: WatchOptions): Promise<BootResult> {
  const watch = new Watch(options.onPhase);
  const end = performance.now() + options.limitMs;
  const sshd = new SshdKnock();
  let next = 0;
  for (;;) {
    options.signal?.throwIfAborted();
    if ((await qemuProcess(machine)) === undefined)
      return watch.failed('the machine has ended: the guest powered off, or its process was killed');
    if ((await consoleSize(machine)) > 0) watch.reach('kernel');
    const line = await readyLine(machine);
    if (line?.ready === false) return watch.failed(line.reason);
    if (performance.now() >= next) {
      next = performance.now() + SLOW_INTERVAL;
      const stopped = await whyStopped(machine);
      if (stopped !== undefined) return watch.failed(stopped);
      if (watch.phase === 'kernel') sshd.knock(machine.record.sshPort);
    }
    if (sshd.answers) watch.reach('sshd');
    if (line?.ready === true) {
      watch.reach('sshd');
      const login = await tryLogin(host, machine);
      if ('machine' in login) {
        watch.reach('ready');
        return { ready: true, machine: login.machine };
      }
      if (login.hopeless || performance.now() > end) return watch.failed(login.problem);
    }
    if (performance.now() > end)
      return watch.failed(`not ready after ${Math.round(options.limitMs / 1000)} s`);
    await sleep(INTERVAL);
  }
}

class Watch {
  phase: Phase = 'firmware';
  readonly #onPhase: (phase: Phase) => void;

  constructor(onPhase: (phase: Phase) => void) {
    this.#onPhase = onPhase;
    onPhase(this.phase);
  }

  /** Phases that were passed between two looks are reported, too; none is reported twice. */
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

/** QEMU stops a guest when the host's file system is full, and goes on when it is told to. */
async function whyStopped({ paths }: Machine): Promise<string | undefined> {
  try {
    const { status } = await withMonitor(paths.qmpSocket, async (qmp) => await qmp.status());
    return status === 'io-error'
      ? "QEMU has stopped the guest because its disk could not be written: the host's file system is full"
      : undefined;
  } catch {
    // QEMU is just beginning, or ending: the next look tells.
    return undefined;
  }
}

/** A login that fails may succeed later, but a guest with another host key will keep it. */
async function tryLogin(
  host: Host,
  machine: Machine,
): Promise<{ machine: Machine } | { problem: string; hopeless: boolean }> {
  try {
    return { machine: await learnHostKey(host, machine) };
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
