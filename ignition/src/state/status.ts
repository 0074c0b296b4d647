import type { Context } from '../apply/context.ts';
import { own } from '../freebsd/paths.ts';
import type { Skipped } from '../plan/steps.ts';
import type { System } from '../system/system.ts';
import { count, flag, listOf, object, optional, text } from './shape.ts';
import { readState, writeState, type StateFile } from './state-file.ts';

/** What the last provisioning came to. */
export interface Status {
  /** When it ended: ISO 8601, UTC. */
  readonly time: string;
  readonly ok: boolean;
  /** A digest of the config, to tell whether it has changed. */
  readonly config: string;
  /** How many steps were done. */
  readonly done: number;
  readonly failures: readonly string[];
  readonly notices: readonly string[];
  readonly skipped: readonly Skipped[];
  /** Why no folder of the host is shared; podman 6 runs no mount over SSH that could say so. */
  readonly noShares?: string;
  /** The account that podman logs in to; undefined when the config names none. */
  readonly machineUser?: string;
}

const file: StateFile<Status> = {
  path: own.status,
  holds: 'how the last provisioning went',
  shape: object<Status>({
    time: text,
    ok: flag,
    config: text,
    done: count,
    failures: listOf(text),
    notices: listOf(text),
    skipped: listOf(object<Skipped>({ pointer: text, what: text, reason: text })),
    noShares: optional(text),
    machineUser: optional(text),
  }),
};

export function readStatus(system: System): Status | undefined {
  return readState(system, file);
}

export function writeStatus(context: Context, status: Status): void {
  writeState(context, file, status);
}
