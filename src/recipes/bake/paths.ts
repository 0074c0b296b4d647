import { join } from 'node:path';
import { downloadsFolder } from '../../images/store.ts';

/** The paths of a bake, all absolute and on podbsd's own machine. */
export interface BakePaths {
  readonly directory: string;
  /** Base images as downloaded, shared by all bakes of this user. */
  readonly cache: string;
  /** Kernel modules that were built, and the source that they are built from, shared by all bakes of this user. */
  readonly modules: string;
  /** One qcow2 file per stage that works inside the machine. */
  readonly layers: string;
  /** Throw-away keys and the disk that hands them to the guest. */
  readonly seed: string;
  readonly agent: string;
  /** Packages in the image, with versions, as JSON. */
  readonly packageFacts: string;
  /** The finished disk. */
  readonly raw: string;
  /** What the machine wrote to its serial port since it was started last; the start before is in `.old`. */
  readonly console: string;
  /** Says which machine is running. */
  readonly machine: string;
}

/**
 * @param stateDir podbsd's folder on its own machine.
 * @param machine what the machine is for: it bakes, or Poudriere builds in it.
 */
export function bakePaths(stateDir: string, machine: 'bake' | 'builder' = 'bake'): BakePaths {
  const directory = join(stateDir, machine);
  return {
    directory,
    cache: downloadsFolder(),
    modules: join(downloadsFolder(), 'modules'),
    layers: join(directory, 'layers'),
    seed: join(directory, 'seed'),
    agent: join(directory, 'podbsd-agent'),
    packageFacts: join(directory, 'packages.json'),
    raw: join(directory, 'disk.raw'),
    console: join(stateDir, 'logs', machine === 'bake' ? 'console.log' : `${machine}-console.log`),
    machine: join(directory, 'machine.json'),
  };
}
