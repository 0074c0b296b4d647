import type { Skipped } from '../plan/steps.ts';
import { own } from '../freebsd/paths.ts';
import type { System } from '../system/system.ts';

/** What the last provisioning came to: /var/db/podbsd/status.json. */
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

export function readStatus(system: System): Status | undefined {
  try {
    const text = system.readText(own.status);
    return text === undefined ? undefined : (JSON.parse(text) as Status);
  } catch {
    return undefined;
  }
}
