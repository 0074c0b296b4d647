import { parseRelease } from '../freebsd/releases.ts';
import type { System } from '../system/system.ts';
import { upgrade } from './upgrade.ts';

/**
 * What `podman machine os apply IMAGE` (4.x and later) and `podman machine os upgrade` (6) on the host run in the guest:
 * `podman machine os apply IMAGE` and `podman machine os upgrade --host-version=6.0.0`. The version of the host's podman
 * has no meaning here: guests stay with podman 5.
 */
export function machineOs(system: System, args: readonly string[]): number {
  const [verb, ...rest] = args;
  const dryRun = rest.includes('--dry-run') || rest.includes('-n');
  const [operand] = rest.filter((argument) => !argument.startsWith('-'));
  if (verb === 'upgrade') return upgrade(system, { to: undefined, dryRun, locked: false });
  if (verb === 'apply' && operand !== undefined && parseRelease(operand) !== undefined)
    return upgrade(system, { to: operand, dryRun, locked: false });
  system.err(
    verb === 'apply'
      ? 'podbsd: FreeBSD is not upgraded from a container image. Name a release instead: podman machine os apply 15.2-RELEASE\n'
      : `podbsd: podman machine os knows apply and upgrade here, not ${JSON.stringify(verb ?? '')}\n`,
  );
  return 1;
}
