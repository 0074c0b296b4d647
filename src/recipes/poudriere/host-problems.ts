import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { compareVersions } from '../../ground/versions.ts';
import { oldestVersion, type PoudriereVersion } from './version.ts';
import type { PoudriereEnv } from './env.ts';
import type { HostFacts } from './host-facts.ts';
import { refuse } from './refusal.ts';
import { configuredRelease, releaseOsVersion } from '../shared/release.ts';

/** When FreeBSD 15.1 came out, seconds since 1970. A clock before that is wrong, and TLS would fail because of it. */
const EARLIEST_CLOCK = Date.UTC(2026, 5, 16) / 1000;
const ONE_DAY = 24 * 3600;
const GIB_IN_KIB = 1024 * 1024;

/** Space that a whole build takes, in GiB: jail, ports tree, packages and image; sources and object files on top. */
const SPACE = { release: 20, source: 50, goingOn: 3 } as const;

/** The first reason why this host cannot do the work; undefined when it can. */
export function hostProblem(facts: HostFacts, env: PoudriereEnv): PodbsdError | undefined {
  return (
    programProblem(facts, env) ??
    clockProblem(facts, env) ??
    kernelProblem(facts, env) ??
    poolProblem(facts, env) ??
    spaceProblem(facts, env)
  );
}

function programProblem(facts: HostFacts, env: PoudriereEnv): PodbsdError | undefined {
  if (facts.uid !== 0)
    return refuse(
      `Poudriere makes jails, mounts and ZFS datasets, which only root may do; this is user id ${facts.uid}`,
      'run the command as root: sudo or doas in front of it, or --host ssh://root@localhost',
    );
  if (facts.poudriere === undefined)
    return refuse(
      `Poudriere is not installed on ${env.host.name}`,
      'install it there: pkg install poudriere',
    );
  if (compareVersions(facts.poudriere.text, oldestVersion) < 0)
    return refuse(
      `Poudriere ${facts.poudriere.text} is too old; podbsd needs ${oldestVersion} or later`,
      'upgrade it: pkg upgrade poudriere',
    );
  if (facts.missing.length > 0)
    return refuse(
      `not installed on ${env.host.name}: ${facts.missing.join(', ')}`,
      `install it there: pkg install ${facts.missing.join(' ')}`,
    );
  return undefined;
}

function clockProblem(facts: HostFacts, env: PoudriereEnv): PodbsdError | undefined {
  const here = Date.now() / 1000;
  const shown = new Date(facts.clock * 1000).toISOString();
  const early = facts.clock < EARLIEST_CLOCK;
  if (!early && Math.abs(facts.clock - here) < ONE_DAY) return undefined;
  return refuse(
    early
      ? `the clock of ${env.host.name} shows ${shown}, which is before FreeBSD 15.1 came out; TLS certificates would be refused`
      : `the clock of ${env.host.name} shows ${shown}, more than a day away from this machine's`,
    'set the clock: ntpd -q -g, or date',
  );
}

function kernelProblem(facts: HostFacts, env: PoudriereEnv): PodbsdError | undefined {
  const { base, architecture } = env.config.build;
  const release = configuredRelease(env.config.build);
  const wanted = architecture === 'amd64' ? 'amd64' : 'aarch64';
  if (facts.processor !== wanted)
    return refuse(
      `${env.host.name} is ${facts.processor} and the image is for ${architecture}; building for another processor under emulation is not supported`,
      `set [build] architecture to this host's, or use a ${architecture} builder with --host`,
    );
  if (base === 'release' && facts.osreldate < releaseOsVersion(release))
    return kernelTooOld(facts.osreldate, releaseOsVersion(release), release.name);
  if (base === 'release')
    return poolProblemOfOldPoudriere(facts.poudriere, facts.osreldate, releaseOsVersion(release));
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
  const [host, guest] = [hostVersion, guestVersion].map((version) => Math.floor(version / 100_000));
  if (poudriere?.development === true || host === undefined || guest === undefined || host <= guest)
    return undefined;
  return refuse(
    `the build host is FreeBSD ${host} and the image FreeBSD ${guest}: Poudriere ${poudriere?.text ?? ''} would make a ZFS pool that its loader cannot read`,
    `install ports-mgmt/poudriere-devel on the build host, or choose FreeBSD ${host} as [build] release`,
  );
}

/** Programs of a newer FreeBSD do not run on an older kernel. Compares __FreeBSD_version. */
export function kernelTooOld(hostVersion: number, jailVersion: number, name: string): PodbsdError {
  return refuse(
    `the kernel of the build host (${hostVersion}) is older than ${name} (${jailVersion}), whose programs would not run in a jail on it`,
    'upgrade the build host, or choose an older [build] release',
  );
}

function poolProblem(facts: HostFacts, env: PoudriereEnv): PodbsdError | undefined {
  const { pool, dataset, directory } = env.config.build;
  if (!facts.pools.includes(pool)) {
    const there = facts.pools.length === 0 ? 'there is none' : `there is ${facts.pools.join(', ')}`;
    return refuse(
      `there is no ZFS pool ${pool} on ${env.host.name}; ${there}`,
      'set [build] pool in podbsd.toml',
    );
  }
  if (facts.foreignMount !== undefined)
    return refuse(
      `the dataset ${pool}/${dataset} exists already, mounted at ${facts.foreignMount}: podbsd did not make it for ${directory}`,
      'set [build] dataset in podbsd.toml to a name that is not in use',
    );
  return undefined;
}

function spaceProblem(facts: HostFacts, env: PoudriereEnv): PodbsdError | undefined {
  if (!facts.writable)
    return refuse(
      `the build directory ${env.paths.directory} cannot be written: ${facts.existingFolder} is read-only`,
      'set [build] directory in podbsd.toml to a folder that can be written',
    );
  if (facts.foreign.length > 0)
    return refuse(
      `${env.paths.directory} holds ${facts.foreign.slice(0, 3).join(', ')}, which podbsd did not put there`,
      'set [build] directory in podbsd.toml to a folder that is empty or does not exist yet',
    );
  const needed = facts.begun ? SPACE.goingOn : SPACE[env.config.build.base];
  const places = [
    { place: facts.existingFolder, free: facts.freeKib / GIB_IN_KIB },
    { place: `the ZFS pool ${env.config.build.pool}`, free: facts.poolFreeKib / GIB_IN_KIB },
  ];
  const full = places.find(({ free }) => !(free >= needed));
  if (full === undefined) return undefined;
  return new PodbsdError({
    doing: 'checking the build host',
    problem: `${full.place} has ${full.free.toFixed(1)} GiB free, and the build takes about ${needed} GiB`,
    remedy: 'free space, or set [build] directory and pool in podbsd.toml to where there is more',
    exitCode: ExitCode.diskFull,
  });
}
