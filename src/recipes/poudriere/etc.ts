import { quoteWord } from '../../ground/quote.ts';
import type { Host } from '../../host/host.ts';
import { shippedFile } from '../shared/shipped.ts';
import type { BuildPaths } from './paths.ts';

/** What in poudriere.conf depends on the machine and the configuration. */
export interface EtcSettings {
  readonly pool: string;
  readonly dataset: string;
  readonly jobs?: number | undefined;
  /** Packages that must never be fetched because podbsd's own ports replace FreeBSD's. */
  readonly neverFetched: readonly string[];
  /** Server of FreeBSD's releases; undefined: FreeBSD's own. */
  readonly server?: string | undefined;
  /** Variables with the proxies of the build host. */
  readonly proxies: Readonly<Record<string, string>>;
}

/** A file of poudriere/etc, as it is shipped. */
export async function etcFile(name: string): Promise<string> {
  return await shippedFile(`poudriere/etc/${name}`);
}

/** All files of podbsd's own Poudriere etc directory: path and content. */
export async function etcFiles(
  paths: BuildPaths,
  settings: EtcSettings,
): Promise<readonly (readonly [path: string, content: string])[]> {
  return [
    [`${paths.etc}/poudriere.conf`, (await etcFile('poudriere.conf')) + assignments(paths, settings)],
    // Only for this jail with this tree: a plain make.conf would be used for building the world, too.
    [`${paths.etcd}/${paths.names.master}-make.conf`, await etcFile('make.conf')],
    [worldConf(paths), await etcFile('src.conf')],
    [`${paths.etcd}/image-${paths.names.jail}-src.conf`, await etcFile('image-src.conf')],
  ];
}

/** Poudriere assembles the src.conf of `jail -m src=` from this one file; our own buildworld reads it directly. */
export function worldConf(paths: BuildPaths): string {
  return `${paths.etcd}/${paths.names.jail}-src.conf`;
}

/** Writes what differs from what is there, and the folders that Poudriere wants to exist. */
export async function writeEtc(host: Host, paths: BuildPaths, settings: EtcSettings): Promise<void> {
  if ((await host.stat(paths.distfiles)) === undefined) await host.mkdir(paths.distfiles);
  for (const [path, content] of await etcFiles(paths, settings)) {
    // The address of a proxy may hold a password.
    const mode = path.endsWith('/poudriere.conf') ? 0o600 : 0o644;
    if ((await host.readText(path)) !== content) await host.writeFile(path, content, { mode });
  }
}

/** sh(1) reads poudriere.conf, so every value is quoted whatever the schema of the configuration allows. */
function assignments(paths: BuildPaths, settings: EtcSettings): string {
  const values: [string, string][] = [
    ['ZPOOL', settings.pool],
    ['ZROOTFS', `/${settings.dataset}`],
    ['BASEFS', paths.base],
    ['DISTFILES_CACHE', paths.distfiles],
  ];
  if (settings.server !== undefined) values.push(['FREEBSD_HOST', settings.server]);
  if (settings.jobs !== undefined) values.push(['PARALLEL_JOBS', String(settings.jobs)]);
  if (settings.neverFetched.length > 0)
    values.push(['PACKAGE_FETCH_BLACKLIST', settings.neverFetched.join(' ')]);
  // Poudriere starts itself with an empty environment; what is exported here reaches the jails, where ports are fetched.
  const proxies = Object.entries(settings.proxies).map(([name, value]) => [`export ${name}`, value] as const);
  const lines = [...values, ...proxies].map(([name, value]) => `${name}=${quoteWord(value)}\n`);
  return `\n# Added by podbsd.\n${lines.join('')}`;
}
