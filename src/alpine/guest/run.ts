import { ExitCode, PodbsdError } from '../../errors.ts';
import type { InstalledGuest } from './installed.ts';
import { isReachable } from './ssh.ts';
import { vmState, waitFor, type WaitOptions } from './state.ts';

/** Starts a guest unless it runs. Returns false when it was running. */
export async function startGuest({ site, guest, paths }: InstalledGuest): Promise<boolean> {
  const state = await vmState(site, guest.name);
  if (state === 'running' || state === 'bootloader') return false;
  if (state === 'locked')
    throw new PodbsdError({
      doing: `starting ${guest.name}`,
      problem: 'vm-bhyve says that another host runs it, or this host went down while it ran',
      remedy: `if no host runs it: rm the file run.lock in the guest's folder (vm info ${guest.name} shows it)`,
      exitCode: ExitCode.locked,
    });
  // bhyve does not start when the socket of an earlier run is still there, as after a power failure of the host.
  if ((await site.host.stat(paths.reportSocket)) !== undefined) await site.host.remove(paths.reportSocket);
  await site.host.run(['vm', 'start', guest.name]);
  return true;
}

/**
 * Waits until root can log in.
 * @throws PodbsdError (exit code `notReady`) when the guest stops, or the time is over.
 */
export async function waitReachable(installed: InstalledGuest, options: WaitOptions): Promise<void> {
  const { site, guest } = installed;
  if (site.host.dryRun) return;
  const fail = (problem: string): PodbsdError =>
    new PodbsdError({
      doing: `waiting for ${guest.name}`,
      problem,
      remedy: `podbsd alpine console ${guest.name} shows its messages; podbsd alpine status ${guest.name}`,
      exitCode: ExitCode.notReady,
    });
  // `vm start` returns before the guest runs, so that it may be "stopped" at first.
  let stoppedInARow = 0;
  const reached = await waitFor(async () => {
    if (await isReachable(installed)) return true;
    stoppedInARow = (await vmState(site, guest.name)) === 'stopped' ? stoppedInARow + 1 : 0;
    if (stoppedInARow >= 5) throw fail('the guest has stopped');
    return undefined;
  }, options);
  if (reached === undefined) throw fail(`it cannot be reached after ${options.limit} s`);
}

/** How a guest came to stand still. */
export type Stopped = 'was stopped' | 'shut down' | 'forced off';

/**
 * Stops a guest: the ACPI power button, and after the time limit (seconds) the plug.
 */
export async function stopGuest(installed: InstalledGuest, options: WaitOptions): Promise<Stopped> {
  const { site, guest } = installed;
  const { host } = site;
  const isStopped = async (): Promise<true | undefined> => {
    const state = await vmState(site, guest.name);
    return state === 'stopped' || state === 'unknown' ? true : undefined;
  };
  if (!site.assumed && (await isStopped()) === true) return 'was stopped';
  await host.run(['vm', 'stop', guest.name]);
  if (host.dryRun || (await waitFor(isStopped, options)) === true) return 'shut down';
  await host.run(['vm', 'poweroff', '-f', guest.name]);
  if ((await waitFor(isStopped, { ...options, limit: 15 })) === true) return 'forced off';
  throw new PodbsdError({
    doing: `stopping ${guest.name}`,
    problem: 'it still runs after vm poweroff',
    remedy: `bhyvectl --destroy --vm=${guest.name}`,
    exitCode: ExitCode.failed,
  });
}
