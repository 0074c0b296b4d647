import { readStatus } from '../state/status.ts';
import type { System } from '../system/system.ts';

/**
 * podman takes any line on its port for "ready" and then runs its first command, which therefore has to say why the
 * machine cannot be used: this is what its user sees. Answers whether provisioning has failed.
 */
export function reportFailedProvision(system: System): boolean {
  const status = readStatus(system);
  if (status === undefined || status.ok) return false;
  for (const failure of status.failures) system.err(`podbsd: this machine is not provisioned: ${failure}\n`);
  return true;
}
