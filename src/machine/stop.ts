import { existsSync } from 'node:fs';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { Host } from '../host/host.ts';
import { SshHost } from '../host/ssh.ts';
import { stopForward } from './api-forward.ts';
import { vmName } from './provider/bhyve/argv.ts';
import { destroyVm } from './provider/bhyve/kernel.ts';
import { stopGvproxy } from './gvproxy.ts';
import { withMachineLock } from './lock.ts';
import { sshSettings } from './login.ts';
import { withMonitor } from './monitor.ts';
import type { MachinePlaces } from './places.ts';
import { endProcess, goneWithin } from './processes.ts';
import { openMachine, type Machine } from './record.ts';
import { qemuProcess } from './state.ts';

/** How a machine came to stand still. */
export type Stopped = 'was stopped' | 'shut down' | 'forced off';

export interface StopOptions {
  /** Milliseconds for the guest to shut down before it is forced off. */
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

/** Milliseconds between two presses of the power button: a guest that is still in its loader misses the first. */
const BUTTON_INTERVAL = 10_000;
/** Milliseconds in which QEMU ends after it was told to. */
const QUIT_TIMEOUT = 5_000;

/** Shuts a machine down: by its power button, and when the time is over by ending QEMU. Helpers end with it. */
export async function stopMachine(
  host: Host,
  places: MachinePlaces,
  name: string,
  options: StopOptions,
): Promise<Stopped> {
  const machine = await openMachine(host, places, name);
  const lock = { name, lock: machine.paths.lock };
  return await withMachineLock(
    host,
    lock,
    `stopping ${name}`,
    async () => await stop(host, machine, options),
  );
}

/** The same for a caller that holds the machine's lock. */
export async function stop(host: Host, machine: Machine, options: StopOptions): Promise<Stopped> {
  const how = await stopQemu(machine, options);
  // Where the podbsd that ran bhyve was killed, bhyve may be left.
  if (machine.record.provider === 'bhyve') await destroyVm(host, vmName(machine));
  // gvproxy carries the connections of the guest until the end.
  await stopForward(machine);
  await stopGvproxy(machine);
  return how;
}

async function stopQemu(machine: Machine, { limitMs, signal }: StopOptions): Promise<Stopped> {
  const { qemuPid } = machine.paths;
  if ((await qemuProcess(machine)) === undefined) return 'was stopped';
  const end = performance.now() + limitMs;
  while (performance.now() < end) {
    signal?.throwIfAborted();
    await pressPowerButton(machine);
    const patience = Math.min(BUTTON_INTERVAL, end - performance.now());
    if (await goneWithin(qemuPid, qemuPid, patience)) return 'shut down';
  }
  await endProcess(qemuPid, qemuPid, QUIT_TIMEOUT);
  if ((await qemuProcess(machine)) === undefined) return 'forced off';
  throw new PodbsdError({
    doing: `stopping ${machine.record.name}`,
    problem: 'QEMU still runs after SIGKILL: the host is waiting for a device',
    exitCode: ExitCode.failed,
  });
}

/** QEMU may hang or be ending: then time decides. A guest that QEMU has stopped would never see the button. */
async function pressPowerButton(machine: Machine): Promise<void> {
  const pressing = withMonitor(machine.paths.qmpSocket, async (qmp) => {
    if (!(await qmp.status()).running) await qmp.execute('cont');
    await qmp.pressPowerButton();
  });
  await pressing.catch(async () => {
    // The monitor goes with the folder of the session that started the machine; the guest can be asked itself.
    if (!existsSync(machine.paths.qmpSocket)) await askGuest(machine);
  });
}

async function askGuest(machine: Machine): Promise<void> {
  try {
    const root = await SshHost.connect(sshSettings(machine, 'root'));
    await root.run(['shutdown', '-p', 'now']);
    await root.close();
  } catch {
    // It cannot be reached, or was quicker than its answer.
  }
}
