import type { BuildConfig } from '../../config/build.ts';
import { hasEnded } from '../../config/known-releases.ts';
import { parseRelease, servingReleases, type Release } from '../../config/release.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { StageRun } from '../../pipeline/stage.ts';

/** `[build] release`, already validated by the configuration; `newest` is the newest that is known. */
export function configuredRelease({ release }: Pick<BuildConfig, 'release'>): Release {
  const parsed = parseRelease(release);
  if (parsed === undefined) throw new Error(`${release} is no version of FreeBSD`);
  return parsed;
}

/** @throws PodbsdError when `--release` is no version of FreeBSD. */
export function requireRelease(release: string): void {
  if (parseRelease(release) !== undefined) return;
  throw new PodbsdError({
    doing: 'reading the command line',
    problem: `${release} is no version of FreeBSD`,
    remedy: 'write it like 15.1-RELEASE, 15.1, 15-STABLE or CURRENT, or newest',
    exitCode: ExitCode.usage,
  });
}

/** The oldest __FreeBSD_version that it can have: 15.1 is 1501000. */
export function releaseOsVersion({ major, minor }: Release): number {
  return major * 100_000 + minor * 1000;
}

/** p9fs came with 15.0 and was merged to 14.4; it is not in 14.3 and older. */
export function releaseHasP9fs({ major, minor }: Release): boolean {
  return major >= 15 || (major === 14 && minor >= 4);
}

/** Refuses an unusable release before anything is downloaded or the host is asked. */
export function requireServing(build: BuildConfig): void {
  const release = configuredRelease(build);
  if (build.base !== 'release' || build.allow_missing_p9fs || releaseHasP9fs(release)) return;
  throw new PodbsdError({
    doing: 'reading [build] release',
    problem: `FreeBSD ${release.name} has no p9fs; without it the guest cannot mount folders of its host`,
    remedy: `choose one that has it: ${servingReleases().join(', ')}; or set [build] allow_missing_p9fs = true`,
    exitCode: ExitCode.config,
  });
}

/** Says when a release is no longer supported. */
export function warnOfEnd(build: Pick<BuildConfig, 'release'>, run: Pick<StageRun, 'say'>): void {
  const { name } = configuredRelease(build);
  if (hasEnded(name))
    run.say(
      `warning: FreeBSD ${name} gets no security fixes any more; --release or [build] release names another`,
    );
}
