import { openRelease, parseRelease, type Release } from '../../config/release.ts';
import { PodbsdError } from '../../ground/errors.ts';
import { isAbsent } from '../download.ts';
import { getSize, getText, HttpStatusError } from '../http.ts';
import { LISTING, releasesIn } from './site.ts';

/** Milliseconds for each answer: a site that does not answer must not hold up a build for long. */
const LIMIT = 10_000;

export interface Question {
  readonly mirrors: readonly string[];
  /** Of this branch; undefined: of any. */
  readonly major: number | undefined;
  readonly serves: (release: Release) => boolean;
  /** A file that the mirror must have of a release: its folder may be there before everything is in it. */
  readonly file: (release: Release) => string;
  readonly signal?: AbortSignal | undefined;
}

export interface Newest {
  readonly release: Release;
  readonly mirror: string;
}

/**
 * Asks FreeBSD's servers which release is the newest; the first one that answers counts.
 * @throws PodbsdError when none has an answer.
 */
export async function newestOnSite(question: Question): Promise<Newest> {
  let failure: PodbsdError | undefined;
  for (const mirror of question.mirrors)
    try {
      const release = await newestOn(mirror, question);
      if (release !== undefined) return { release, mirror };
    } catch (error) {
      question.signal?.throwIfAborted();
      if (!(error instanceof PodbsdError)) throw error;
      failure ??= error;
    }
  throw failure ?? noneThere(question);
}

async function newestOn(
  mirror: string,
  { major, serves, file, signal }: Question,
): Promise<Release | undefined> {
  const listing = await getText(`${mirror}/${LISTING}`, { limitMs: LIMIT, signal });
  const found = releasesIn(listing)
    .map((name) => parseRelease(name))
    .filter((release) => release !== undefined)
    .filter((release) => serves(release) && (major === undefined || release.major === major));
  for (const release of found) if (await has(`${mirror}/${file(release)}`, signal)) return release;
  return undefined;
}

/** A server that does not answer this kind of question may still have the file. */
async function has(url: string, signal: AbortSignal | undefined): Promise<boolean> {
  try {
    await getSize(url, { limitMs: LIMIT, signal });
    return true;
  } catch (error) {
    if (isAbsent(error)) return false;
    if (error instanceof HttpStatusError && error.status < 500) return true;
    throw error;
  }
}

function noneThere({ mirrors, major }: Question): PodbsdError {
  const which = major === undefined ? 'no release' : `no release of FreeBSD ${major}`;
  return new PodbsdError({
    doing: 'looking for the newest release of FreeBSD',
    problem: `${mirrors.join(', ')}: ${which} that can be used is in ${LISTING}`,
    remedy: 'name one with --release or [build] release, or correct [download] mirrors',
  });
}

/** Of several releases the newest of the branch that a text leaves open. */
export function newestOf(names: readonly string[], text: string): Release | undefined {
  const open = openRelease(text);
  return names
    .map((name) => parseRelease(name))
    .filter((release) => release !== undefined)
    .filter(({ major }) => open?.major === undefined || open.major === major)
    .sort((a, b) => b.major - a.major || b.minor - a.minor)[0];
}
