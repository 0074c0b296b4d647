import type { Argv } from '../host/host.ts';
import { ensureForward } from './api-forward.ts';
import { watchBoot, type Phase } from './boot-watch.ts';
import { launch } from './launch.ts';
import { withMachineLock } from './lock.ts';
import { machinePaths } from './paths.ts';
import { makeRuntimeFolder, type MachinePlaces } from './places.ts';
import { providerOf } from './provider/providers.ts';
import { openMachine, saveMachine, type Machine } from './record.ts';
import { resume } from './resume.ts';
import { bootFailure } from './start-failure.ts';
import { machineState } from './state.ts';

export interface StartOptions {
  /** Milliseconds for the whole start. */
  readonly limitMs: number;
  readonly onPhase: (phase: Phase) => void;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
}

export interface Started {
  readonly machine: Machine;
  /** It was running already; only missing helpers were started again. */
  readonly wasRunning: boolean;
}

/**
 * Starts a machine and waits until it can be used. Continues what a killed podbsd began: waits for a guest that is
 * booting, and restarts the API forwarder of one that runs.
 */
export async function startMachine(
  places: MachinePlaces,
  name: string,
  options: StartOptions,
): Promise<Started> {
  const { paths } = await openMachine(places, name);
  const locked = async <T>(work: (machine: Machine) => Promise<T>): Promise<T> =>
    await withMachineLock({ name, lock: paths.lock }, `starting ${name}`, async () =>
      work(await openMachine(places, name)),
    );
  const { machine, before } = await locked(async (found) => {
    const state = await machineState(found);
    if (state === 'stopped')
      return { machine: await launch(await inThisSession(places, found), options.env), before: state };
    await resume(found, state);
    return { machine: found, before: state };
  });
  // Not locked: a hanging guest can be stopped meanwhile, and a second start waits alongside the first. A podbsd that
  // was killed between the ready line and the first login has not recorded the guest's host key.
  if (before !== 'running' || machine.record.hostKey === undefined) {
    const result = await watchBoot(machine, options);
    if (!result.ready) throw await bootFailure(machine, result);
  }
  return await locked(async (found) => {
    const changes = before === 'running' ? {} : { lastUp: new Date().toISOString() };
    const started = await saveMachine(found, changes);
    await ensureForward(started);
    return { machine: started, wasRunning: before === 'running' };
  });
}

/**
 * The machine with its sockets where this session keeps them. They stay there while it runs, whichever session asks.
 */
async function inThisSession(places: MachinePlaces, { record }: Machine): Promise<Machine> {
  const paths = machinePaths(places, record.name, { provider: record.provider });
  await makeRuntimeFolder(places.runtime);
  await makeRuntimeFolder(paths.runtime);
  return await saveMachine({ record, paths }, { runtime: paths.runtime });
}

/** The programs that a start would run, in order. */
export async function plannedPrograms(machine: Machine, env: NodeJS.ProcessEnv): Promise<readonly Argv[]> {
  const provider = providerOf(machine.record.provider);
  return await provider.plan(machine, provider.network(machine, env), env);
}
