import type { Inspection } from './inspect.ts';
import type { Item } from './item.ts';
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
