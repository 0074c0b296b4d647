import { compareVersions } from '../../ground/versions.ts';

/** What the installed Poudriere can do. */
export interface PoudriereVersion {
  /** e.g. `3.4.8` or `3.4.99.20260523`. */
  readonly text: string;
  /** True for ports-mgmt/poudriere-devel, a snapshot of the development branch, which calls itself 3.4.99. */
  readonly development: boolean;
}

/** The oldest version whose options and files podbsd knows. */
export const oldestVersion = '3.4.0';

/** Reads what `poudriere version` prints (`poudriere-git-3.4.8`); undefined when it is something else. */
export function parsePoudriereVersion(output: string): PoudriereVersion | undefined {
  const text = /(\d+(?:\.\d+)+)/.exec(output)?.[1];
  return text === undefined ? undefined : { text, development: compareVersions(text, '3.4.90') >= 0 };
}
