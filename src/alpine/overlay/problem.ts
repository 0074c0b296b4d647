import { visible } from './entry.ts';
import { nameText } from './scan.ts';

/** Something in an overlay that would cause trouble in the guest. */
export interface OverlayProblem {
  /** `error`: the guest does not work as intended. `warning`: it works, but perhaps not as intended. */
  readonly severity: 'error' | 'warning';
  readonly path: string;
  readonly problem: string;
}

export interface CheckOptions {
  /** The guest cannot write the disk that the overlay lies on. */
  readonly readonlyDisk?: boolean;
}

/** The problem as one line of text. */
export function formatProblem({ severity, path, problem }: OverlayProblem): string {
  return visible(`${severity}: ${nameText(path)}: ${problem}`);
}
