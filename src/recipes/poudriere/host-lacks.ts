import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { lackError, type Lack } from '../../ground/lack/lack.ts';
import { compareVersions } from '../../ground/versions.ts';
import { oldestVersion, type PoudriereVersion } from './version.ts';
import type { PoudriereEnv } from './env.ts';
import type { HostFacts } from './host-facts.ts';
import { doing, refuse } from './refusal.ts';
import { configuredRelease, releaseOsVersion } from '../shared/release.ts';

/** When FreeBSD 15.1 came out, seconds since 1970. A clock before that is wrong, and TLS would fail because of it. */
const EARLIEST_CLOCK = Date.UTC(2026, 5, 16) / 1000;
const ONE_DAY = 24 * 3600;
const GIB_IN_KIB = 1024 * 1024;

/** Space that a whole build takes, in GiB: jail, ports tree, packages and image; sources and object files on top. */
const SPACE = { release: 20, source: 50, goingOn: 3 } as const;

/** Everything that keeps this host from doing the work; empty when nothing does. */
export function hostLacks(facts: HostFacts, env: PoudriereEnv): readonly Lack[] {
  const lacks = [
    ...programLacks(facts, env),
    clockLack(facts, env),
    kernelLack(facts, env),
    poolLack(facts, env),
    ...spaceLacks(facts, env),
  ];
  return lacks.filter((lack) => lack !== undefined);
}

function programLacks(facts: HostFacts, env: PoudriereEnv): (Lack | undefined)[] {
  const { name } = env.host;
  const absent = [...(facts.poudriere === undefined ? ['poudriere'] : []), ...facts.missing];
  const install = `install it on ${name}: pkg install ${absent.join(' ')}`;
  return [
    facts.uid === 0
      ? undefined
      : {
          problem: `Poudriere makes jails, mounts and ZFS datasets, which only root may do; this is user id ${facts.uid}`,
          remedy: 'run the command as root: sudo or doas in front of it, or --host ssh://root@localhost',
        },
    facts.poudriere === undefined
      ? { problem: `Poudriere is not installed on ${name} (package poudriere)`, remedy: install }
      : oldPoudriere(facts.poudriere),
    ...facts.missing.map((program) => ({
      problem: `${program} is not installed on ${name} (package ${program})`,
      remedy: install,
    })),
  ];
}

function oldPoudriere({ text }: PoudriereVersion): Lack | undefined {
  if (compareVersions(text, oldestVersion) >= 0) return undefined;
  return {
    problem: `Poudriere ${text} is too old; podbsd needs ${oldestVersion} or later`,
    remedy: 'upgrade it: pkg upgrade poudriere',
  };
}

function clockLack(facts: HostFacts, env: PoudriereEnv): Lack | undefined {
  const here = Date.now() / 1000;
  const shown = new Date(facts.clock * 1000).toISOString();
  const early = facts.clock < EARLIEST_CLOCK;
  if (!early && Math.abs(facts.clock - here) < ONE_DAY) return undefined;
  return {
    problem: early
      ? `the clock of ${env.host.name} shows ${shown}, which is before FreeBSD 15.1 came out; TLS certificates would be refused`
      : `the clock of ${env.host.name} shows ${shown}, more than a day away from this machine's`,
    remedy: 'set the clock: ntpd -q -g, or date',
  };
}

function kernelLack(facts: HostFacts, env: PoudriereEnv): Lack | undefined {
  const { base, architecture } = env.config.build;
  const release = configuredRelease(env.config.build);
  const wanted = architecture === 'amd64' ? 'amd64' : 'aarch64';
  if (facts.processor !== wanted)
    return {
      problem: `${env.host.name} is ${facts.processor} and the image is for ${architecture}; building for another processor under emulation is not supported`,
      remedy: `set [build] architecture to this host's, or use a ${architecture} builder with --host`,
    };
  if (base === 'release' && facts.osreldate < releaseOsVersion(release))
    return kernelLackOf(facts.osreldate, releaseOsVersion(release), release.name);
  if (base === 'release')
    return poolLackOfOldPoudriere(facts.poudriere, facts.osreldate, releaseOsVersion(release));
  return undefined;
}

/**
 * The image's pool gets all features of the build host's OpenZFS. A newer major version has features that the guest's
 * loader does not read, and only the development version of Poudriere can leave them out (`image -C`).
 */
export function poolProblemOfOldPoudriere(
  poudriere: PoudriereVersion | undefined,
  hostVersion: number,
  guestVersion: number,
): PodbsdError | undefined {
  return lackError(doing, [poolLackOfOldPoudriere(poudriere, hostVersion, guestVersion)]);
}

function poolLackOfOldPoudriere(
  poudriere: PoudriereVersion | undefined,
  hostVersion: number,
  guestVersion: number,
): Lack | undefined {
  const [host, guest] = [hostVersion, guestVersion].map((version) => Math.floor(version / 100_000));
  if (poudriere?.development === true || host === undefined || guest === undefined || host <= guest)
    return undefined;
  return {
    problem: `the build host is FreeBSD ${host} and the image FreeBSD ${guest}: Poudriere ${poudriere?.text ?? ''} would make a ZFS pool that its loader cannot read`,
    remedy: `install ports-mgmt/poudriere-devel on the build host, or choose FreeBSD ${host} as [build] release`,
  };
}

/** Programs of a newer FreeBSD do not run on an older kernel. Compares __FreeBSD_version. */
export function kernelTooOld(hostVersion: number, jailVersion: number, name: string): PodbsdError {
  const { problem, remedy } = kernelLackOf(hostVersion, jailVersion, name);
  return refuse(problem, remedy);
}

function kernelLackOf(hostVersion: number, jailVersion: number, name: string) {
  return {
    problem: `the kernel of the build host (${hostVersion}) is older than ${name} (${jailVersion}), whose programs would not run in a jail on it`,
    remedy: 'upgrade the build host, or choose an older [build] release',
  };
}

function poolLack(facts: HostFacts, env: PoudriereEnv): Lack | undefined {
  const { pool, dataset, directory } = env.config.build;
  if (!facts.pools.includes(pool)) {
    const there = facts.pools.length === 0 ? 'there is none' : `there is ${facts.pools.join(', ')}`;
    return {
      problem: `there is no ZFS pool ${pool} on ${env.host.name}; ${there}`,
      remedy: 'set [build] pool in podbsd.toml',
    };
  }
  if (facts.foreignMount === undefined) return undefined;
  return {
    problem: `the dataset ${pool}/${dataset} exists already, mounted at ${facts.foreignMount}: podbsd did not make it for ${directory}`,
    remedy: 'set [build] dataset in podbsd.toml to a name that is not in use',
  };
}

function spaceLacks(facts: HostFacts, env: PoudriereEnv): (Lack | undefined)[] {
  const { directory } = env.paths;
  const needed = facts.begun ? SPACE.goingOn : SPACE[env.config.build.base];
  const places = [
    { place: facts.existingFolder, free: facts.freeKib / GIB_IN_KIB },
    // A pool that is not there has been named already.
    ...(facts.pools.includes(env.config.build.pool)
      ? [{ place: `the ZFS pool ${env.config.build.pool}`, free: facts.poolFreeKib / GIB_IN_KIB }]
      : []),
  ];
  return [
    facts.writable
      ? undefined
      : {
          problem: `the build directory ${directory} cannot be written: ${facts.existingFolder} is read-only`,
          remedy: 'set [build] directory in podbsd.toml to a folder that can be written',
        },
    facts.foreign.length === 0
      ? undefined
      : {
          problem: `${directory} holds ${facts.foreign.slice(0, 3).join(', ')}, which podbsd did not put there`,
          remedy: 'set [build] directory in podbsd.toml to a folder that is empty or does not exist yet',
        },
    ...places
      .filter(({ free }) => !(free >= needed))
      .map(({ place, free }) => ({
        problem: `${place} has ${free.toFixed(1)} GiB free, and the build takes about ${needed} GiB`,
        remedy: 'free space, or set [build] directory and pool in podbsd.toml to where there is more',
        exitCode: ExitCode.diskFull,
      })),
  ];
}
