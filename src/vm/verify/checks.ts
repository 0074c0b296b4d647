import { accountChecks } from './account-checks.ts';
import { startChecks, stopChecks } from './boot-checks.ts';
import type { Check } from './check.ts';
import type { SharedVolume } from './guest.ts';
import { systemChecks } from './system-checks.ts';
import { volumeChecks } from './volume-checks.ts';

/** Everything that must be true of one boot, in the order in which podman would come to need it. */
export function checksOfOneBoot(volumes: readonly SharedVolume[]): Check[] {
  return [...startChecks, ...accountChecks, ...volumeChecks(volumes), ...systemChecks, ...stopChecks];
}
