import { accountChecks } from './account-checks.ts';
import { startChecks, stopChecks } from './boot-checks.ts';
import type { Check } from './check.ts';
import type { SharedVolume } from './guest.ts';
import { containerChecks, containerChecksAfterRestart } from './containers/table.ts';
import { systemChecks } from './system-checks.ts';
import { volumeChecks } from './volume-checks.ts';

/** Everything that must be true of one boot, in the order in which podman would come to need it. */
export function checksOfOneBoot(volumes: readonly SharedVolume[]): Check[] {
  return [...startChecks, ...accountChecks, ...volumeChecks(volumes), ...systemChecks, ...stopChecks];
}

/**
 * The same again after the machine was stopped and started. A guest that makes a new host key or doubles its keys fails
 * only here.
 */
export function secondBoot(checks: readonly Check[]): Check[] {
  const idOf = (id: string): string => `second-${id}`;
  return checks.map((check) => ({
    ...check,
    id: idOf(check.id),
    title: `second boot: ${check.title}`,
    needs: check.needs.length === 0 ? ['power-off'] : check.needs.map(idOf),
  }));
}

/** Both boots. With `containers` each line of docs/containers.md is tried, too. */
export function checksOfTwoBoots(volumes: readonly SharedVolume[], containers: boolean): Check[] {
  const once = checksOfOneBoot(volumes);
  const again = secondBoot(once);
  if (!containers) return [...once, ...again];
  return [...beforeTheEnd(once, containerChecks), ...beforeTheEnd(again, containerChecksAfterRestart)];
}

function beforeTheEnd(boot: readonly Check[], more: readonly Check[]): Check[] {
  const end = boot.length - stopChecks.length;
  return [...boot.slice(0, end), ...more, ...boot.slice(end)];
}
