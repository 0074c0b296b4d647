import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { ask } from '../../host/ask.ts';
import type { Site } from '../site/site.ts';

/** The state that vm-bhyve reports for a guest. */
export type VmState = 'stopped' | 'running' | 'bootloader' | 'suspended' | 'locked' | 'unknown';

/** The last column of `vm list`: `Stopped`, `Running (1234)`, `Bootloader (1234)`, `Locked (host)` ... */
export async function vmState(site: Site, name: string): Promise<VmState> {
  const listing = (await ask(site.host, ['vm', 'list'])) ?? '';
  const state = parseVmList(listing, name);
  if (state !== 'locked' || lockHolder(listing, name) !== (await ask(site.host, ['hostname']))) return state;
  // The lock is this host's: the guest is just being started, or the host went down while it ran. vm start ignores a
  // lock of the second kind.
  return (await site.host.stat(`/dev/vmm/${name}`)) === undefined ? 'stopped' : 'bootloader';
}

export function parseVmList(listing: string, name: string): VmState {
  const word = /\b(Stopped|Running|Bootloader|Suspended|Locked)(?: \([^)]*\))?$/.exec(
    row(listing, name),
  )?.[1];
  return (word?.toLowerCase() ?? 'unknown') as VmState;
}

/** The host that vm-bhyve's lock names. */
function lockHolder(listing: string, name: string): string | undefined {
  return /\bLocked \(([^)]*)\)$/.exec(row(listing, name))?.[1];
}

function row(listing: string, name: string): string {
  return (listing.split('\n').find((line) => line.split(/\s+/)[0] === name) ?? '').trimEnd();
}

/** Throws unless the guest is stopped: the disk of a running guest must not be changed. */
export async function requireStopped(site: Site, name: string, doing: string): Promise<void> {
  if (!site.host.answers) return;
  const state = await vmState(site, name);
  if (state === 'stopped' || state === 'unknown') return;
  if (state === 'locked') throw lockedElsewhere(name, doing);
  throw new PodbsdError({
    doing,
    problem: `the guest ${name} is not stopped (${state})`,
    remedy: `podbsd alpine stop ${name}`,
    exitCode: ExitCode.failed,
  });
}

export function lockedElsewhere(name: string, doing: string): PodbsdError {
  return new PodbsdError({
    doing,
    problem: 'vm-bhyve says that another host runs it',
    remedy: `if none does, as after this host was renamed: rm the file run.lock in the guest's folder (vm info ${name} shows it)`,
    exitCode: ExitCode.locked,
  });
}
