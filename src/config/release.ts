import { hasEnded, knownReleases } from './known-releases.ts';

/** A version of FreeBSD as its download site and `poudriere jail -v` call it. */
export interface Release {
  /** `15.1-RELEASE`, `15.1-STABLE`, `16.0-CURRENT`: no patch level, which comes with an update. */
  readonly name: string;
  readonly major: number;
  readonly minor: number;
  /** The folder of the download site that has it. Betas and release candidates lie beside the releases. */
  readonly folder: 'releases' | 'snapshots';
}

/** What the main branch is called. */
const current = { major: 16, minor: 0 } as const;
/** A branch begins every two years: long before this one a newer podbsd knows better. */
const LAST_MAJOR = current.major + 4;

/** The word for whatever release is newest, wherever a release is named. */
export const NEWEST = 'newest';

/** The releases that this podbsd knows, has p9fs in, and that are supported today. */
export function servingReleases(): readonly string[] {
  return knownReleases()
    .map(({ name }) => name)
    .filter((name) => !hasEnded(name))
    .reverse();
}

/**
 * The branch of which a text means the newest release, whichever that is: `newest` is any, `15` and `15-RELEASE` are 15.
 * @returns undefined when it names one release, or no release.
 */
export function openRelease(text: string): { readonly major: number | undefined } | undefined {
  if (text === NEWEST) return { major: undefined };
  const [, major] = /^(\d{1,2})(?:-RELEASE)?$/i.exec(text) ?? [];
  return major === undefined ? undefined : { major: Number(major) };
}

/**
 * Reads a version in any form that people write or uname(1) prints: `15.1-RELEASE-p2`, `15.1`, `15-STABLE`, `CURRENT`.
 * Where the minor number is left open, and for `newest`, it is that of the newest release that this podbsd knows.
 * @returns undefined when it is none.
 */
export function parseRelease(text: string): Release | undefined {
  if (text === NEWEST) return parseRelease(knownReleases()[0]?.name ?? '');
  const [matched, majorText, minorText, kindText] =
    /^(?:(\d{1,2})(?:\.(\d{1,2}))?-?)?(\b(?:RELEASE|STABLE|CURRENT|PRERELEASE|(?:ALPHA|BETA|RC)\d+))?(?:-p\d+)?$/i.exec(
      text,
    ) ?? [];
  if (matched === undefined || text.endsWith('-')) return undefined;
  const kind = (kindText ?? 'RELEASE').toUpperCase();
  if (majorText === undefined)
    return kind === 'CURRENT' ? named(current.major, current.minor, kind) : undefined;
  const major = Number(majorText);
  if (major > LAST_MAJOR) return undefined;
  const isBranch = kind === 'RELEASE' || kind === 'STABLE';
  const branch = isBranch ? knownReleases().find((known) => known.major === major)?.minor : undefined;
  return named(major, minorText === undefined ? (branch ?? 0) : Number(minorText), kind);
}

function named(major: number, minor: number, kind: string): Release {
  const isSnapshot = /^(STABLE|CURRENT|PRERELEASE|ALPHA\d+)$/.test(kind);
  return { name: `${major}.${minor}-${kind}`, major, minor, folder: isSnapshot ? 'snapshots' : 'releases' };
}
