import type { Unit } from '../config/types.ts';
import { readMountUnit } from './mount-unit.ts';
import type { EnsureMount, Refusal, Skipped } from './steps.ts';

const known: ReadonlyMap<string, string> = new Map([
  ['podman.socket', 'the rc service podman_service does this'],
  ['ready.service', 'the rc service podbsd_ready does this'],
  ['envset-fwcfg.service', 'podbsd_provision gives the proxies to podman_service'],
]);

/**
 * Units have no meaning here, except that podman 6 describes its volumes as mount units. As with systemd, a folder is
 * mounted before what lies in it, in whatever order they are given.
 */
export function planUnits(units: readonly Unit[], skipped: Skipped[]): (EnsureMount | Refusal)[] {
  const steps = units.flatMap((unit, index): (EnsureMount | Refusal)[] => {
    const pointer = `/systemd/units/${index}`;
    const skip = (reason: string): [] => {
      skipped.push({ pointer, what: unit.name, reason });
      return [];
    };
    if (unit.name.endsWith('.mount') && unit.contents !== undefined) {
      if (unit.mask === true || unit.enabled === false) return skip('the unit is not enabled');
      const mount = readMountUnit(unit.contents);
      if ('problem' in mount) return [{ kind: 'refusal', pointer, what: unit.name, reason: mount.problem }];
      if (mount.type !== '9p' && mount.type !== 'virtiofs')
        return skip(`file systems of type ${mount.type} are not mounted`);
      return [{ kind: 'mount', pointer, tag: mount.what, target: mount.where, readOnly: mount.readOnly }];
    }
    if (unit.mask === true) return skip('masked');
    return skip(known.get(unit.name) ?? 'FreeBSD has no systemd');
  });
  const depth = (step: EnsureMount | Refusal): number =>
    step.kind === 'mount' ? step.target.split('/').filter(Boolean).length : 0;
  return steps.sort((first, second) => depth(first) - depth(second));
}
