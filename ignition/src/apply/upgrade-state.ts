import { own } from '../freebsd/paths.ts';
import type { System } from '../system/system.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureFile } from './place.ts';

/**
 * How far an upgrade is: /var/db/podbsd/upgrade.json. Each boot environment has its own copy, since /var/db is a part of
 * it: in the old one it tells that the new one was tried, in the new one that it is on trial.
 */
export interface UpgradeState {
  readonly phase: 'building' | 'failed' | 'to-be-tried' | 'on-trial' | 'confirmed' | 'fallen-back';
  readonly environment: string;
  readonly from: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly reason?: string;
}

export function readUpgradeState(system: System): UpgradeState | undefined {
  try {
    const text = system.readText(own.upgrade);
    return text === undefined ? undefined : (JSON.parse(text) as UpgradeState);
  } catch {
    return undefined;
  }
}

/** @param root where the boot environment is mounted whose copy is meant; the running one's without. */
export function writeUpgradeState(context: Context, state: UpgradeState, root = ''): void {
  const content = `${JSON.stringify(state, undefined, 1)}\n`;
  ensureFile(context, { path: `${root}${own.upgrade}`, content, mode: 0o644, owner: rootOwned });
}
