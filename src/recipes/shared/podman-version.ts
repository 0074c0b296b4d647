import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { compareVersions } from '../../ground/versions.ts';

/** Whether a version is in a range of the form `<6`. */
export function accepts(range: string, version: string): boolean {
  return compareVersions(version, range.slice(1)) < 0;
}

/**
 * The refusal of an unusable podman.
 * @param range `[build] podman`.
 * @param source where it would come from, and what that has.
 */
export function wrongPodman(range: string, source: string, remedy: string): PodbsdError {
  return new PodbsdError({
    doing: `choosing podman ${range}`,
    problem: `${source}; podman 6 has no network on FreeBSD: it dropped CNI, and netavark does not run there`,
    remedy,
    exitCode: ExitCode.config,
  });
}
