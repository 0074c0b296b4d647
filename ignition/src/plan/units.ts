import type { Unit } from '../config/types.ts';
import { whyNotCovered } from '../freebsd/share-targets.ts';
import { whyNoUnit } from '../freebsd/unit-reasons.ts';
import type { Facts } from './facts.ts';
import { readMountUnit } from './mount-unit.ts';
import { doing, joined, skipping } from './parts.ts';
import type { Plan, Step } from './steps.ts';

/**
 * @param homes of all accounts, those that the plan makes among them.
 *
 * Units have no meaning here, except that podman 6 describes its volumes as mount units. As with systemd, a folder is
 * mounted before what lies in it, in whatever order they are given.
 */
export function planUnits(units: readonly Unit[], homes: readonly string[], facts: Facts): Plan {
  const automounts = new Set(
    units
      .filter((unit) => unit.enabled === true && unit.name.endsWith('.automount'))
      .map((unit) => unit.name.replace(/\.automount$/, '.mount')),
  );
  const { steps, skipped } = joined(
    ...units.map((unit, index) => planUnit(unit, `/systemd/units/${index}`, automounts, homes, facts)),
  );
  const depth = (step: Step): number =>
    step.kind === 'mount' ? step.target.split('/').filter(Boolean).length : 0;
  return { steps: steps.toSorted((first, second) => depth(first) - depth(second)), skipped };
}

function planUnit(
  unit: Unit,
  pointer: string,
  automounts: ReadonlySet<string>,
  homes: readonly string[],
  facts: Facts,
): Plan {
  const skip = (reason: string): Plan => skipping({ pointer, what: unit.name, reason });
  if (unit.name.endsWith('.mount') && unit.contents !== undefined) {
    // podman 4.9 on a Mac enables the .automount beside it, which here means the same.
    const isEnabled = unit.enabled !== false || automounts.has(unit.name);
    if (unit.mask === true || !isEnabled) return skip('the unit is not enabled');
    const mount = readMountUnit(unit.contents);
    if ('problem' in mount)
      return doing({ kind: 'refusal', pointer, what: unit.name, reason: mount.problem });
    if (mount.type !== '9p' && mount.type !== 'virtiofs')
      return skip(`file systems of type ${mount.type} are not mounted`);
    const target = placeOf(mount.where, facts);
    const kept = target === undefined ? undefined : whyKept(target, homes, facts);
    if (kept !== undefined)
      return skipping({ pointer, what: mount.where, reason: `no folder is shared there: ${kept}` });
    return doing({
      kind: 'mount',
      pointer,
      tag: mount.what,
      target: target ?? mount.where,
      readOnly: mount.readOnly,
    });
  }
  if (unit.mask === true) return skip('masked');
  return skip(whyNoUnit(unit.name));
}

function whyKept(target: string, homes: readonly string[], facts: Facts): string | undefined {
  return whyNotCovered(
    target,
    homes.map((home) => placeOf(home, facts) ?? home),
  );
}

/** Where a path leads. Undefined when it cannot be followed: mounting there then fails with the reason. */
function placeOf(path: string, facts: Facts): string | undefined {
  try {
    return facts.leadsTo(path);
  } catch {
    return undefined;
  }
}
