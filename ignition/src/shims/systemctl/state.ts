import type { System } from '../../system/system.ts';
import type { Unit } from './units.ts';

export type ActiveState = 'active' | 'inactive' | 'failed';

/** service(8) on a unit's rc script. Answers the exit code; what the script says on standard error is passed on. */
export function service(system: System, { rc }: Unit, verb: string): number {
  const { code, err } = system.run(['/usr/sbin/service', rc, verb]);
  system.err(err);
  return code;
}

export function activeState(system: System, unit: Unit): ActiveState {
  if (system.run(['/usr/sbin/service', unit.rc, 'status']).code === 0) return 'active';
  if (unit.answers?.(system) === true) return 'active';
  return unit.failed?.(system) === true ? 'failed' : 'inactive';
}

/**
 * Whether rc(8) starts it at boot. The rc script also reads files below rc.conf.d, of which those with proxies are for root
 * alone: then sysrc(8) says it.
 */
export function isEnabled(system: System, { rc }: Unit): boolean {
  if (system.run(['/usr/sbin/service', rc, 'enabled']).code === 0) return true;
  return /^yes$/i.test(system.run(['/usr/sbin/sysrc', '-qn', `${rc}_enable`]).out.trim());
}

export function subState(unit: Unit, state: ActiveState): string {
  if (state !== 'active') return state === 'failed' ? 'failed' : 'dead';
  if (unit.oneshot === true) return 'exited';
  return unit.name.endsWith('.socket') ? 'listening' : 'running';
}
