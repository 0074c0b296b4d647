import { basename } from 'node:path';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { PackageFacts } from '../../disk/image-facts.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { parsePackageList } from '../poudriere/package-list.ts';
import { shippedFile } from '../poudriere/etc.ts';
import { ownPorts } from '../poudriere/own-ports.ts';
import { accepts } from '../poudriere/ports.ts';
import type { BakeEnv } from './env.ts';
import { insideStage } from './inside-stage.ts';
import type { Inside } from './machine.ts';
import { bootstrapPkg, installed, offered, pkg } from './pkg.ts';
import { shippedList } from './shipped-list.ts';

/** Installs the packages of the image: those that the Poudriere recipe has too, but FreeBSD's own builds of them. */
export function packagesStage(env: BakeEnv): Stage {
  const { build } = env.config;
  const wanted = async (): Promise<readonly string[]> => {
    const own = await ownPorts();
    const shipped = parsePackageList(await shippedFile('packages'));
    return [...new Set([...shipped, ...build.packages])].filter((origin) => !own.includes(origin));
  };

  return insideStage(env, {
    layer: 'packages',
    title: 'Install packages',
    inputs: async () => ({
      packages: await wanted(),
      podman: build.podman,
      removed: await shippedList('packages.remove'),
    }),
    work: async (inside, run) => {
      await bootstrapPkg(inside, run);
      const origins = await wanted();
      await pkg(inside, run, 'install', '-y', ...(await chosen(env, inside, origins)));
      const names = new Set((await installed(inside)).map(({ name }) => name));
      const unwanted = (await shippedList('packages.remove')).filter((name) => names.has(name));
      if (unwanted.length > 0) await pkg(inside, run, 'delete', '-y', ...unwanted);
      return {};
    },
    check: async (inside) => {
      const packages = await installed(inside);
      requireOffered(await wanted(), packages, build.podman);
      await env.host.writeFile(env.paths.packageFacts, `${JSON.stringify(packages, null, 1)}\n`);
      const podman = packages.find(({ origin }) => origin === 'sysutils/podman')?.version ?? '';
      return { podman, packages: String(packages.length) };
    },
  });
}

/** What pkg(8) is told to install. A dry run cannot ask the repository, and shows the ports. */
async function chosen(env: BakeEnv, inside: Inside, origins: readonly string[]): Promise<readonly string[]> {
  if (env.host.dryRun) return origins;
  const there = await offered(inside, origins);
  requireOffered(origins, there, env.config.build.podman);
  return origins.map((origin) => packageOf(origin, there));
}

/**
 * The one package that a port stands for. pkg(8) would install all that were built of it, in every flavor: security/sudo
 * is sudo and sudo-sssd, which exclude each other. Like the ports tree, this takes the one that is called as the port.
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

/** Refuses before anything is installed, and again afterwards: podman of the wrong version is of no use. */
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
        'correct [build] packages; a port that is only built now and then may be back in some days, ' +
        'and Poudriere builds what is missing (--builder vm, or --host with a FreeBSD machine)',
      exitCode: ExitCode.portFailed,
    });
  const wrong = there.find(
    ({ origin, version }) => origin === 'sysutils/podman' && !accepts(podmanRange, version),
  );
  if (wrong !== undefined)
    throw new PodbsdError({
      doing: `choosing podman ${podmanRange}`,
      problem: `FreeBSD's package repository has podman ${wrong.version}; podman 6 has no network on FreeBSD: it dropped CNI, and netavark does not run there`,
      remedy:
        'build podman 5 from a ports tree that has it, named by [build.ports] commit: --builder vm, or --host with a FreeBSD machine',
      exitCode: ExitCode.config,
    });
}
