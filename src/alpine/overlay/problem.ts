import { visible } from './entry.ts';
import { nameText } from './scan.ts';

/** Something about an overlay that the guest would stumble over. */
export interface OverlayProblem {
  /** `error`: the guest does not work as intended. `warning`: it works, but perhaps not as meant. */
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly problem: string;
}

export interface CheckOptions {
  /** The guest cannot write the disk that the overlay lies on. */
  readonly readonlyDisk?: boolean;
}

/** The problem as a line for people. */
export function formatProblem({ severity, path, problem }: OverlayProblem): string {
  return visible(`${severity}: ${nameText(path)}: ${problem}`);
}
