import type { Clock } from '../../ground/clock.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { requireAll, type Lack } from '../../ground/lack/lack.ts';
import { formatArgv } from '../../ground/quote.ts';
import { until, type UntilOptions } from '../../ground/until.ts';
import type { InstalledGuest } from './installed.ts';
import { isReachable } from './ssh.ts';
import { lockedElsewhere, vmState } from './state.ts';
import { readSetting } from '../vm-conf.ts';

export interface WaitOptions {
  /** Seconds. */
  readonly limit: number;
  /** Seconds between two attempts; default 1. */
  readonly every?: number;
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock;
}

function patience({ limit, every = 1, ...others }: WaitOptions): UntilOptions {
  return { ...others, every: every * 1000, within: limit * 1000 };
}

/** Starts a guest unless it runs. Returns false when it was running. */
export async function startGuest(installed: InstalledGuest): Promise<boolean> {
  const { site, guest, paths } = installed;
  const state = await vmState(site, guest.name);
  if (state === 'running' || state === 'bootloader') return false;
  if (state === 'locked') throw lockedElsewhere(guest.name, `starting ${guest.name}`);
  await requireParts(installed);
  // bhyve does not start when the socket of an earlier run is still there, as after a power failure of the host.
  if ((await site.host.stat(paths.reportSocket)) !== undefined) await site.host.remove(paths.reportSocket);
  const { stdout } = await site.host.run(['vm', 'start', guest.name]);
  const refusal = /^ *! (.*)$/m.exec(stdout)?.[1];
  if (refusal === undefined) return true;
  throw new PodbsdError({
    doing: `starting ${guest.name}`,
    problem: `vm-bhyve refuses: ${refusal}`,
    remedy: `vm info ${guest.name}; if no bhyve of it runs but /dev/vmm/${guest.name} is there: bhyvectl --destroy --vm=${guest.name}`,
    exitCode: ExitCode.program,
  });
}

/**
 * bhyve starts in the background and its messages are lost: known reasons for a failed start are checked here first.
 */
async function requireParts({ site, guest, paths }: InstalledGuest): Promise<void> {
  const conf = await site.host.readText(paths.conf);
  if (conf === undefined) return;
  const lacks: Lack[] = [];
  const iso = readSetting(conf, 'disk0_name');
  if (iso !== undefined && (await site.host.stat(iso)) === undefined)
    lacks.push({
      problem: `there is no ${iso}, which the guest boots from`,
      remedy: `podbsd alpine fetch && podbsd alpine upgrade ${guest.name}`,
    });
  for (const [, folder = ''] of (readSetting(conf, 'bhyve_options') ?? '').matchAll(
    /virtio-9p,[^=]+=([^, ]+)/g,
  ))
    if ((await site.host.stat(folder)) === undefined)
      lacks.push({
        problem: `there is no ${folder}, which the guest shares`,
        remedy: `mkdir -p ${formatArgv([folder])}`,
      });
  requireAll(`starting ${guest.name}`, lacks);
}

/**
 * Waits until root can log in.
 * @throws PodbsdError (exit code `notReady`) when the guest stops, or time runs out.
 */
export async function waitReachable(installed: InstalledGuest, options: WaitOptions): Promise<void> {
  const { site, guest, paths } = installed;
  const fail = (problem: string): PodbsdError =>
    new PodbsdError({
      doing: `waiting for ${guest.name}`,
      problem,
      remedy: `podbsd alpine console ${guest.name} shows its messages, ${paths.folder}/vm-bhyve.log those of vm-bhyve`,
      exitCode: ExitCode.notReady,
    });
  // `vm start` returns before the guest runs, so that it may be "stopped" at first.
  let stoppedInARow = 0;
  const look = async (): Promise<true | undefined> => {
    if (await isReachable(installed)) return true;
    stoppedInARow = (await vmState(site, guest.name)) === 'stopped' ? stoppedInARow + 1 : 0;
    if (stoppedInARow >= 5) throw fail('the guest has stopped');
    return undefined;
  };
  await site.host.perform(`wait until ${guest.name} can be reached`, async () => {
    if ((await until(look, patience(options))) === undefined)
      throw fail(`it cannot be reached after ${options.limit} s`);
  });
}

/** How a guest was stopped. */
export type Stopped = 'was stopped' | 'shut down' | 'forced off';

/** Stops a guest with the ACPI power button, and forces it off after the time limit (seconds). */
export async function stopGuest(installed: InstalledGuest, options: WaitOptions): Promise<Stopped> {
  const { site, guest } = installed;
  const { host } = site;
  const isStopped = async (): Promise<true | undefined> => {
    const state = await vmState(site, guest.name);
    if (state === 'locked') throw lockedElsewhere(guest.name, `stopping ${guest.name}`);
    return state === 'stopped' || state === 'unknown' ? true : undefined;
  };
  if (site.host.answers && (await isStopped()) === true) return 'was stopped';
  // The boot loader does not react to the power button: vm-bhyve asks whether to end it.
  await host.run(['vm', 'stop', guest.name], { input: 'y\n' });
  const waited = async (): Promise<Stopped> => {
    if ((await until(isStopped, patience(options))) === true) return 'shut down';
    await host.run(['vm', 'poweroff', '-f', guest.name]);
    if ((await until(isStopped, patience({ ...options, limit: 15 }))) === true) return 'forced off';
    throw new PodbsdError({
      doing: `stopping ${guest.name}`,
      problem: 'it still runs after vm poweroff',
      remedy: `bhyvectl --destroy --vm=${guest.name}`,
      exitCode: ExitCode.failed,
    });
  };
  const plan = `wait until ${guest.name} has shut down; after ${options.limit} s: vm poweroff -f ${guest.name}`;
  return (await host.perform(plan, waited)) ?? 'shut down';
}
