/** What can be read from the name of a FreeBSD release. */

export interface Release {
  readonly major: number;
  readonly minor: number;
  /** Without the patch level: `15.1-RELEASE`. */
  readonly name: string;
}

/** Reads `15.1-RELEASE-p2` and what people write for it, `15.1`; undefined for stable branches and anything else. */
export function parseRelease(text: string): Release | undefined {
  const [, major, minor] = /^(\d+)\.(\d+)(?:-RELEASE(?:-p\d+)?)?$/.exec(text) ?? [];
  if (major === undefined || minor === undefined) return undefined;
  return { major: Number(major), minor: Number(minor), name: `${major}.${minor}-RELEASE` };
}

/** __FreeBSD_version of a release, by which pkg(8) finds its repositories. */
export function osVersion({ major, minor }: Release): number {
  return major * 100_000 + minor * 1000;
}
