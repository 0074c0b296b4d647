import { parseRelease, type Release } from '../freebsd/releases.ts';

/** What is to be known before a guest is upgraded. */
export interface UpgradeFacts {
  /** Names of the boot environments; undefined when the root file system is not ZFS. */
  readonly environments: readonly string[] | undefined;
  readonly running: string | undefined;
  /** Of the base system, `15.1-RELEASE-p2`. */
  readonly release: string;
  readonly packagedBase: boolean;
  /** p9fs of podbsd, built for exactly this kernel. */
  readonly ownP9fs: boolean;
  /** An environment left behind by an earlier try. */
  readonly leftover: string | undefined;
}

export type UpgradeStep =
  | { readonly kind: 'destroy'; readonly environment: string }
  | { readonly kind: 'create'; readonly environment: string }
  | { readonly kind: 'mount'; readonly environment: string }
  | { readonly kind: 'drop-p9fs' }
  | { readonly kind: 'hold-podman'; readonly to: Release | undefined }
  | { readonly kind: 'packaged-base'; readonly to: Release | undefined }
  | { readonly kind: 'freebsd-update'; readonly running: string; readonly to: Release | undefined }
  | { readonly kind: 'packages'; readonly to: Release | undefined }
  | { readonly kind: 'check' }
  | { readonly kind: 'unmount'; readonly environment: string }
  | { readonly kind: 'try'; readonly environment: string };

export interface UpgradePlan {
  readonly environment: string;
  readonly from: string;
  /** Of the base system that runs, `15.1-RELEASE-p2`. */
  readonly release: string;
  /** Where the base system goes; undefined: the newest patches of the same release. */
  readonly to: Release | undefined;
  readonly steps: readonly UpgradeStep[];
}

/**
 * Everything happens in a clone of the running system, which stays as it is. The first step that fails ends it.
 *
 * @param environment the name of the clone.
 * @throws Error that says why this guest cannot be upgraded, or not to this release.
 */
export function planUpgrade(
  facts: UpgradeFacts,
  environment: string,
  wanted: string | undefined,
): UpgradePlan {
  const { environments, running, leftover, release } = facts;
  if (environments === undefined || running === undefined)
    throw new Error(
      'upgrades are not supported on UFS: they need boot environments, which only ZFS has; make a new machine from a new image instead',
    );
  const to = wanted === undefined ? undefined : target(wanted, release);
  if (!facts.packagedBase && parseRelease(release) === undefined)
    throw new Error(`this is FreeBSD ${release}, and freebsd-update knows releases only`);
  const base: UpgradeStep = facts.packagedBase
    ? { kind: 'packaged-base', to }
    : { kind: 'freebsd-update', running: release, to };
  const stale = leftover !== undefined && leftover !== running && environments.includes(leftover);
  const steps: UpgradeStep[] = [
    ...(stale ? [{ kind: 'destroy', environment: leftover } as const] : []),
    { kind: 'create', environment },
    { kind: 'mount', environment },
    ...(facts.ownP9fs && to !== undefined ? [{ kind: 'drop-p9fs' } as const] : []),
    { kind: 'hold-podman', to },
    base,
    { kind: 'packages', to },
    { kind: 'check' },
    { kind: 'unmount', environment },
    { kind: 'try', environment },
  ];
  return { environment, from: running, release, to, steps };
}

/** New packages run on the old kernel while they are installed: that holds within a major version only. */
function target(wanted: string, release: string): Release {
  const to = parseRelease(wanted);
  const from = parseRelease(release);
  if (to === undefined)
    throw new Error(`${JSON.stringify(wanted)} is not a release of FreeBSD such as 15.2-RELEASE`);
  if (from === undefined) throw new Error(`this is FreeBSD ${release}, and only releases can be upgraded`);
  if (to.major !== from.major)
    throw new Error(
      `from ${from.name} to ${to.name} is another major version: make a new machine from a new image`,
    );
  if (to.minor < from.minor) throw new Error(`${to.name} is older than ${from.name}, which runs`);
  return to;
}

export function describeUpgradeStep(step: UpgradeStep): string {
  switch (step.kind) {
    case 'destroy':
      return `remove the boot environment ${step.environment}, left by an earlier try`;
    case 'create':
      return `clone the running system to the boot environment ${step.environment}`;
    case 'mount':
      return `mount ${step.environment}`;
    case 'drop-p9fs':
      return "remove podbsd's p9fs modules, which are for the old kernel: FreeBSD's own take their place";
    case 'hold-podman':
      return 'keep podman below version 6, which has no network for containers on FreeBSD';
    case 'packaged-base':
      return `upgrade FreeBSD with pkg to ${goal(step.to)}`;
    case 'freebsd-update':
      return `upgrade FreeBSD with freebsd-update from ${step.running} to ${goal(step.to)}`;
    case 'packages':
      return 'upgrade the packages';
    case 'check':
      return 'check that what a podman machine needs is still there';
    case 'unmount':
      return `unmount ${step.environment}`;
    case 'try':
      return `start ${step.environment} next time, once`;
  }
}

function goal(to: Release | undefined): string {
  return to?.name ?? 'its newest patches';
}
