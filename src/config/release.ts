/** A version of FreeBSD as its download site and `poudriere jail -v` call it. */
export interface Release {
  /** `15.1-RELEASE`, `15.1-STABLE`, `16.0-CURRENT`: no patch level, which comes with an update. */
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** The folder of the download site that has it. Betas and release candidates lie beside the releases. */
  readonly folder: 'releases' | 'snapshots';
}

/** The newest release of each branch, of November 2026; https://www.freebsd.org/releng says what came since. */
const newest: Readonly<Record<number, number>> = { 14: 5, 15: 1 };
/** What the main branch is called. */
const current = { major: 16, minor: 0 } as const;

/** Releases that have p9fs and are supported. */
export const servingReleases = ['14.4-RELEASE', '14.5-RELEASE', '15.1-RELEASE'] as const;

/**
 * Reads a version in any form that people write or uname(1) prints: `15.1-RELEASE-p2`, `15.1`, `15-STABLE`, `CURRENT`.
 * @returns undefined when it is none.
 */
export function parseRelease(text: string): Release | undefined {
  const [matched, majorText, minorText, kindText] =
    /^(?:(\d{1,2})(?:\.(\d{1,2}))?-?)?(\b(?:RELEASE|STABLE|CURRENT|PRERELEASE|(?:ALPHA|BETA|RC)\d+))?(?:-p\d+)?$/i.exec(
      text,
    ) ?? [];
  if (matched === undefined || text.endsWith('-')) return undefined;
  const kind = (kindText ?? 'RELEASE').toUpperCase();
  if (majorText === undefined)
    return kind === 'CURRENT' ? named(current.major, current.minor, kind) : undefined;
  const major = Number(majorText);
  const branch = kind === 'RELEASE' || kind === 'STABLE' ? newest[major] : undefined;
  return named(major, minorText === undefined ? (branch ?? 0) : Number(minorText), kind);
}

function named(major: number, minor: number, kind: string): Release {
  const isSnapshot = /^(STABLE|CURRENT|PRERELEASE|ALPHA\d+)$/.test(kind);
  return { name: `${major}.${minor}-${kind}`, major, minor, folder: isSnapshot ? 'snapshots' : 'releases' };
}
