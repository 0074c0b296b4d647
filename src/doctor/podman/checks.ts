import type { Host } from '../../host/host.ts';
import { inspectHost, type Inspection } from '../../podman/inspect.ts';
import type { UserFolders } from '../../podman/user-folders.ts';
import { checksOf, type Check, type CheckRow } from '../check.ts';
import type { PodmanFacts } from './facts.ts';
import { linuxPodmanChecks } from './linux.ts';
import { macosPodmanChecks } from './macos.ts';

/** The tables of checks, for doctor and setup-podman alike, by operating system. */
export const podmanChecks: Partial<Record<NodeJS.Platform, readonly CheckRow<PodmanFacts>[]>> = {
  linux: linuxPodmanChecks,
  darwin: macosPodmanChecks,
};

/** Inspects this host and opens the table of its system; no checks where podman machine does not exist. */
export async function openPodmanChecks(
  host: Host,
  folders: UserFolders,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly found: Inspection; readonly checks: Check[] }> {
  const found = await inspectHost(host, { folders, env });
  const table = podmanChecks[found.system] ?? [];
  return { found, checks: checksOf(table, { host, found, folders, env }) };
}
