import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { exists } from '../ground/exists.ts';
import { SshHost } from '../host/ssh.ts';
import { withMonitor } from '../vm/monitor.ts';
import { pressUntilGone } from '../vm/power-button.ts';
import { stopForward } from './api-forward.ts';
import { withMachineLock } from './lock.ts';
import { sshSettings } from './login.ts';
import type { MachinePlaces } from './places.ts';
import { endProcess, goneWithin } from './processes.ts';
import { providerOf } from './provider/providers.ts';
import { openMachine, type Machine } from './record.ts';
import { vmProcess } from './state.ts';

/** How a machine was stopped, or that it was stopped already. */
export type Stopped = 'was stopped' | 'shut down' | 'forced off';

export interface StopOptions {
  /** Milliseconds for the guest to shut down before it is forced off. */
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

/** Milliseconds in which the machine's process ends after it was told to. */
const QUIT_TIMEOUT = 5_000;

/** Shuts a machine down: by its power button, and after the time limit by ending its process. Helpers end with it. */
export async function stopMachine(
  places: MachinePlaces,
  name: string,
  options: StopOptions,
): Promise<Stopped> {
  const machine = await openMachine(places, name);
  const lock = { name, lock: machine.paths.lock };
  return await withMachineLock(lock, `stopping ${name}`, async () => await stop(machine, options));
}

/** The same for a caller that holds the machine's lock. */
export async function stop(machine: Machine, options: StopOptions): Promise<Stopped> {
  const how = await stopVm(machine, options);
  await stopForward(machine);
  // The helpers that carry the guest's connections are ended last.
  await providerOf(machine.record.provider).cleanUp(machine);
  return how;
}

async function stopVm(machine: Machine, { limitMs, signal }: StopOptions): Promise<Stopped> {
  const { vmPid } = machine.paths;
  if ((await vmProcess(machine)) === undefined) return 'was stopped';
  const button = {
    press: async () => await pressPowerButton(machine),
    goneWithin: async (milliseconds: number) => await goneWithin(vmPid, vmPid, milliseconds),
  };
  if (await pressUntilGone(button, { limitMs, signal })) return 'shut down';
  await endProcess(vmPid, vmPid, QUIT_TIMEOUT);
  if ((await vmProcess(machine)) === undefined) return 'forced off';
  throw new PodbsdError({
    doing: `stopping ${machine.record.name}`,
    problem: 'it still runs after SIGKILL: the host is waiting for a device',
    exitCode: ExitCode.failed,
  });
}

/** The monitor may hang or be ending: then the time limit decides. A paused guest would never see the button. */
async function pressPowerButton(machine: Machine): Promise<void> {
  const pressing = withMonitor(machine.paths.qmpSocket, async (qmp) => {
    if (!(await qmp.status()).running) await qmp.execute('cont');
    await qmp.pressPowerButton();
  });
  await pressing.catch(async () => {
    // The monitor goes with the folder of the session that started the machine; the guest can be asked itself.
    if (!(await exists(machine.paths.qmpSocket))) await askGuest(machine);
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
