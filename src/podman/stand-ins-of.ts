import { appleStandIns } from './apple/stand-ins.ts';
import { linuxStandIns } from './linux/stand-ins.ts';
import type { StandIns } from './stand-ins.ts';

const bySystem: Partial<Record<NodeJS.Platform, StandIns>> = {
  linux: linuxStandIns,
  darwin: appleStandIns,
};

/** Undefined where podman machine cannot run FreeBSD, so that there is nothing to set up. */
export function standInsOf(system: NodeJS.Platform): StandIns | undefined {
  return bySystem[system];
}
