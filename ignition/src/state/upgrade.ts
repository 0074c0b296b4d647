import type { Context } from '../apply/context.ts';
import { own } from '../freebsd/paths.ts';
import type { System } from '../system/system.ts';
import { object, oneOf, optional, text } from './shape.ts';
import { readState, writeState, type StateFile } from './state-file.ts';

/**
 * How far an upgrade is. Each boot environment has its own copy, since /var/db is a part of it: in the old one it tells
 * that the new one was tried, in the new one that it is on trial.
 */
export interface UpgradeState {
  readonly phase: 'building' | 'failed' | 'to-be-tried' | 'on-trial' | 'confirmed' | 'fallen-back';
  readonly environment: string;
  readonly from: string;
  /** ISO 8601, UTC. */
  readonly time: string;
  readonly reason?: string;
}

const file: StateFile<UpgradeState> = {
  path: own.upgrade,
  holds: 'how far the last upgrade is',
  shape: object<UpgradeState>({
    phase: oneOf('building', 'failed', 'to-be-tried', 'on-trial', 'confirmed', 'fallen-back'),
    environment: text,
    from: text,
    time: text,
    reason: optional(text),
  }),
};

export function readUpgradeState(system: System): UpgradeState | undefined {
  return readState(system, file);
}

/** @param root where the boot environment is mounted whose copy is meant; without it that of the running one. */
export function writeUpgradeState(context: Context, state: UpgradeState, root = ''): void {
  writeState(context, file, state, root);
}
