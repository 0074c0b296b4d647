import { runProgram } from '../../freebsd/program.ts';
import type { System } from '../../system/system.ts';

export interface Version {
  readonly major: number;
  readonly minor: number;
  /** `6.1.1`, `6.0.0-rc1` */
  readonly text: string;
}

/** A version as podman's semver reads it: a `v` in front and missing parts are allowed. */
export function parseVersion(given: string): Version {
  const [, major, minor = '0', patch = '0', rest = ''] =
    /^v?(\d{1,9})(?:\.(\d{1,9}))?(?:\.(\d{1,9}))?((?:[-+][0-9A-Za-z.+-]+)?)$/.exec(given.trim()) ?? [];
  if (major === undefined) throw new Error(`${JSON.stringify(given)} is not a version such as 6.1.1`);
  const [first, second, third] = [major, minor, patch].map(Number) as [number, number, number];
  return { major: first, minor: second, text: `${first}.${second}.${third}${rest}` };
}

/** The podman of this guest. */
export function guestVersion(system: System): Version {
  const { out } = runProgram(system, ['/usr/local/bin/podman', '--version']);
  return parseVersion(out.trim().split(/\s+/).at(-1) ?? '');
}

/** Below 0 when the first is older; patches do not count. */
export function compareMajorMinor(first: Version, second: Version): number {
  return first.major - second.major || first.minor - second.minor;
}
