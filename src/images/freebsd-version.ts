/** The parts of what freebsd-version(1) prints. */
export interface VersionParts {
  /** `15.1-RELEASE`; undefined when nothing is known. */
  readonly release: string | undefined;
  /** Patch level of a release, 0 for none; undefined where there is no such thing. */
  readonly patch: number | undefined;
}

/** `15.1-RELEASE-p2` is patch 2 of 15.1-RELEASE. */
export function versionParts(version: string | undefined): VersionParts {
  const [, release, patch] = /^(.+?)(?:-p(\d+))?$/.exec(version ?? '') ?? [];
  const patched = release?.endsWith('-RELEASE') === true;
  return { release, patch: patched ? Number(patch ?? 0) : undefined };
}
