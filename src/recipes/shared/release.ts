/** What can be known of a FreeBSD release from its name, e.g. `15.1-RELEASE`. */

/** The oldest __FreeBSD_version that a release of this name can have: 15.1 is 1501000. */
export function releaseOsVersion(release: string): number {
  const [major, minor] = numbers(release);
  return major * 100_000 + minor * 1000;
}

/** p9fs came with 15.0 and was merged to 14.4; it is not in 14.3 and older. */
export function releaseHasP9fs(release: string): boolean {
  const [major, minor] = numbers(release);
  return major >= 15 || (major === 14 && minor >= 4);
}

function numbers(release: string): [major: number, minor: number] {
  const [major = 0, minor = 0] = release.split(/[.-]/).map(Number);
  return [major, minor];
}
