import { basename } from 'node:path';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { compareVersions } from '../../ground/versions.ts';
import type { PackageFacts } from '../../disk/image-facts.ts';
import type { Nothing, Stage } from '../../pipeline/stage.ts';
import { packagesSchema, writePackageFacts, type Packages } from '../shared/package-facts.ts';
import { ownPorts } from '../shared/own-ports.ts';
import { accepts, wrongPodman } from '../shared/podman-version.ts';
import type { BakeEnv } from './env.ts';
import { insideStage, type Ground } from './inside-stage.ts';
import type { Inside } from './inside.ts';
import { bootstrapPkg, installed, offered, pkg } from './pkg.ts';
import { shippedList, shippedPackages } from '../shared/shipped.ts';

/** Installs the packages of the image: the same as in the Poudriere recipe, but FreeBSD's own builds of them. */
export function packagesStage(env: BakeEnv, ground: Ground): Stage<Packages, Nothing> {
  const { build } = env.config;
  const wanted = async (): Promise<readonly string[]> => {
    const own = await ownPorts();
    return [...new Set([...(await shippedPackages()), ...build.packages])].filter(
      (origin) => !own.includes(origin),
    );
  };

  return insideStage(env, ground, {
    layer: 'packages',
    title: 'Install packages',
    outputs: packagesSchema,
    inputs: async () => ({
      packages: await wanted(),
      podman: build.podman,
      removed: await shippedList('image/bake/packages.remove'),
    }),
    work: async (inside, run) => {
      await bootstrapPkg(inside, run);
      const origins = await wanted();
      await pkg(inside, run, 'install', '-y', ...(await chosen(env, inside, origins)));
      const names = new Set((await installed(inside)).map(({ name }) => name));
      const unwanted = (await shippedList('image/bake/packages.remove')).filter((name) => names.has(name));
      if (unwanted.length > 0) await pkg(inside, run, 'delete', '-y', ...unwanted);
      return {};
    },
    check: async (inside, run) => {
      const packages = await installed(inside);
      requireOffered(await wanted(), packages, build.podman);
      const advice = ocijailAdvice(packages);
      if (advice !== undefined) run.say(advice);
      return await writePackageFacts(env.host, env.paths.packageFacts, packages);
    },
    assumed: { podman: build.podman, packages: 0 },
  });
}

/** Older ones leak their umask (fixed in 0.6.0): files of images that they build are readable by root alone. */
export function ocijailAdvice(packages: readonly PackageFacts[]): string | undefined {
  const found = packages.find(({ origin }) => origin === 'sysutils/ocijail')?.version;
  return found !== undefined && compareVersions(found, '0.6.0') < 0
    ? `warning: ocijail ${found} is older than 0.6.0: files of images that are built with it can be read by root alone`
    : undefined;
}

/** What pkg(8) is told to install. A dry run cannot ask the repository, and shows the ports. */
async function chosen(env: BakeEnv, inside: Inside, origins: readonly string[]): Promise<readonly string[]> {
  const there = await inside.host.perform('ask the repositories for these ports', () =>
    offered(inside, origins),
  );
  if (there === undefined) return origins;
  requireOffered(origins, there, env.config.build.podman);
  return origins.map((origin) => packageOf(origin, there));
}

/**
 * The one package that a port stands for. pkg(8) would install all that were built of it, in every flavor:
 * security/sudo is sudo and sudo-sssd, which conflict with each other. Like the ports tree, this takes the one that has
 * the port's name.
 */
export function packageOf(origin: string, offers: readonly PackageFacts[]): string {
  // pkg itself finds the package of a port's flavor.
  if (origin.includes('@')) return origin;
  const names = [...new Set(offers.filter((offer) => offer.origin === origin).map(({ name }) => name))];
  const [only] = names;
  if (names.length === 1 && only !== undefined) return only;
  const name = basename(origin);
  if (names.includes(name)) return name;
  throw new PodbsdError({
    doing: 'choosing packages',
    problem: `FreeBSD's package repository has several packages of ${origin}: ${names.join(', ')}`,
    remedy: `name one flavor in [build] packages, like ${origin}@FLAVOR`,
    exitCode: ExitCode.config,
  });
}

/** Refuses before anything is installed, and again afterwards: podman of the wrong version would be useless. */
function requireOffered(
  wanted: readonly string[],
  there: readonly PackageFacts[],
  podmanRange: string,
): void {
  const origins = new Set(there.map(({ origin }) => origin));
  const missing = wanted.filter((origin) => !origins.has(origin.replace(/@.*/, '')));
  if (missing.length > 0)
    throw new PodbsdError({
      doing: 'choosing packages',
      problem: `FreeBSD's package repository has no ${missing.join(', ')}`,
      remedy:
        'correct [build] packages; a port that is missing only for a while may be back in a few days, ' +
        'and Poudriere builds what is missing (--builder vm, or --host with a FreeBSD machine)',
      exitCode: ExitCode.portFailed,
    });
  const wrong = there.find(
    ({ origin, version }) => origin === 'sysutils/podman' && !accepts(podmanRange, version),
  );
  if (wrong !== undefined)
    throw wrongPodman(
      podmanRange,
      `FreeBSD's package repository has podman ${wrong.version}`,
      'build podman 5 from a ports tree that has it, named by [build.ports] commit: --builder vm, or --host with a FreeBSD machine',
    );
}
