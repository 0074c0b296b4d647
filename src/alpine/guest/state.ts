import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, PodbsdError } from '../../errors.ts';
import { answer } from '../../host/ask.ts';
import type { Site } from '../site/site.ts';

/** What vm-bhyve says of a guest. */
export type VmState = 'stopped' | 'running' | 'bootloader' | 'suspended' | 'locked' | 'unknown';

/** The last column of `vm list`: `Stopped`, `Running (1234)`, `Bootloader (1234)`, `Locked (host)` ... */
export async function vmState(site: Site, name: string): Promise<VmState> {
  return parseVmList((await answer(site, ['vm', 'list'])) ?? '', name);
}

export function parseVmList(listing: string, name: string): VmState {
  const line = listing.split('\n').find((row) => row.split(/\s+/)[0] === name);
  const word = /\b(Stopped|Running|Bootloader|Suspended|Locked)(?: \([^)]*\))?\s*$/.exec(line ?? '')?.[1];
  return (word?.toLowerCase() ?? 'unknown') as VmState;
}

export interface WaitOptions {
  /** Seconds. */
  readonly limit: number;
  /** Seconds between two looks; default 1. */
  readonly every?: number;
  readonly signal?: AbortSignal;
}

/** Asks again and again until the answer is no longer undefined. Undefined when the time is over. */
export async function waitFor<T>(
  ask: () => Promise<T | undefined>,
  options: WaitOptions,
): Promise<T | undefined> {
  const end = performance.now() + options.limit * 1000;
  for (;;) {
    options.signal?.throwIfAborted();
    const found = await ask();
    if (found !== undefined || performance.now() >= end) return found;
    await sleep(
      (options.every ?? 1) * 1000,
      undefined,
      options.signal === undefined ? {} : { signal: options.signal },
    );
  }
}

/** Refuses to go on while a guest runs: its disk may not be changed under it. */
export async function requireStopped(site: Site, name: string, doing: string): Promise<void> {
  if (site.assumed) return;
  const state = await vmState(site, name);
  if (state === 'stopped' || state === 'unknown') return;
  throw new PodbsdError({
    doing,
    problem: `the guest ${name} is not stopped (${state})`,
    remedy: `podbsd alpine stop ${name}`,
    exitCode: ExitCode.failed,
  });
}
