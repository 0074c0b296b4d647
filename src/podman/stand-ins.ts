import { appleStandIns } from './apple/stand-ins.ts';
import type { Inspection } from './inspect.ts';
import type { Item } from './item.ts';
import { linuxStandIns } from './linux/stand-ins.ts';
import type { SetupPaths } from './user-folders.ts';

/** The programs that podman finds in place of its own on one operating system. */
export interface StandIns {
  /** What they do, for the help of setup-podman. */
  readonly purpose: string;
  /** What doctor says where they are not set up; undefined where machines start without them as well. */
  readonly without?: string;
  /** Where the consoles of machines are, for people. */
  consoles(paths: SetupPaths): string;
  /** The files of the helpers folder and of its lib/, all below `paths.helpers`. setUp adds the drop-in, last. */
  items(paths: SetupPaths, found: Inspection): Promise<Item[]>;
}

const bySystem: Partial<Record<NodeJS.Platform, StandIns>> = {
  linux: linuxStandIns,
  darwin: appleStandIns,
};

/** Undefined where podman machine cannot run FreeBSD, so that there is nothing to set up. */
export function standInsOf(system: NodeJS.Platform): StandIns | undefined {
  return bySystem[system];
}
