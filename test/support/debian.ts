import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa, type ExecaError } from 'execa';
import { cachePath, cachedFolder } from './cache.ts';
import { missing } from './programs.ts';

/**
 * Debian releases that tests take packages from, whatever the host itself runs, with the parts of the archive that make
 * up each: experimental is only what unstable (sid) does not have yet.
 */
const archives = {
  bookworm: ['bookworm'],
  trixie: ['trixie'],
  forky: ['forky'],
  experimental: ['sid', 'experimental'],
} as const;

export type Suite = keyof typeof archives;

/** Signing keys of all Debian releases, package debian-archive-keyring. */
const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg';
const MIRROR = process.env['PODBSD_DEBIAN_MIRROR'] ?? 'http://deb.debian.org/debian';
/** Package lists older than this are fetched again; milliseconds. */
const LISTS_MAX_AGE = 7 * 24 * 3600 * 1000;

const unpacked = new Map<string, Promise<string>>();

/** Why Debian packages cannot be fetched on this host, or undefined when they can. */
export function debianPackagesUnavailable(): string | undefined {
  return missing('apt-get', 'apt-config', 'dpkg-deb', 'flock');
}

export interface UnpackOptions {
  /** Packages of another processor than the host's, by Debian's name for it: `arm64`. */
  readonly architecture?: string;
  /** Unpack only members of the archive that match one of these patterns of tar, e.g. `./boot/vmlinuz-*`. */
  readonly only?: readonly string[];
  /** The names are those of metapackages: fetch the first dependency of each in its place. */
  readonly followFirstDependency?: boolean;
  /** Fetch all that the packages depend on as well, down to the C library. `NAME/SUITE` names one of several versions. */
  readonly withDependencies?: boolean;
}

/** What no program reads; left out of trees with all dependencies. */
const unread = [
  './usr/share/doc',
  './usr/share/man',
  './usr/share/locale',
  './usr/share/info',
  './usr/include',
];

/** Why the mirror does not serve this upstream version of a package in a release, or undefined when it does. */
export async function notServed(suite: Suite, name: string, version: string): Promise<string | undefined> {
  const unavailable = debianPackagesUnavailable();
  if (unavailable !== undefined) return unavailable;
  try {
    const has = await (await privateApt(suite)).version(name);
    if (has === undefined) return `Debian ${suite} on ${MIRROR} has no package ${name}`;
    return has.startsWith(`${version}+`) || has.startsWith(`${version}-`)
      ? undefined
      : `Debian ${suite} on ${MIRROR} has ${name} ${has} in the place of ${version}`;
  } catch (error) {
    const { stderr = '', message } = error as Partial<ExecaError> & Error;
    const lines = String(stderr).split('\n');
    return `Debian ${suite} cannot be read from ${MIRROR}: ${lines.find((line) => line.startsWith('E:')) ?? message}`;
  }
}

/**
 * Fetches exactly these packages (no dependencies unless they are asked for) of a Debian release with apt, which checks Debian's signatures, and
 * unpacks them into one tree in the cache. Nothing is installed: sources, lists and dpkg's state are the cache's own.
 *
 * @returns the folder that holds `usr/bin` and so on.
 */
export async function debianPackages(
  suite: Suite,
  names: readonly string[],
  options: UnpackOptions = {},
): Promise<string> {
  const sorted = [...new Set(names)].sort();
  const id = createHash('sha256')
    .update(JSON.stringify([sorted, options]))
    .digest('hex');
  const label = `${sorted[0] ?? ''}-${id.slice(0, 12)}`;
  const path = cachePath('debian', suite, 'trees', label);
  const known = unpacked.get(path);
  if (known !== undefined) return await known;
  const making = cachedFolder(path, async (folder) => unpack(suite, sorted, options, folder));
  unpacked.set(path, making);
  return await making;
}

async function unpack(
  suite: Suite,
  names: readonly string[],
  options: UnpackOptions,
  folder: string,
): Promise<void> {
  const debs = `${folder}.debs`;
  await mkdir(debs, { recursive: true });
  try {
    const apt = await privateApt(suite, options.architecture);
    await apt.download(names, options, debs);
    for (const deb of await readdir(debs)) await extract(join(debs, deb), options, folder);
  } finally {
    await rm(debs, { recursive: true, force: true });
  }
}

async function extract(
  deb: string,
  { only = [], withDependencies }: UnpackOptions,
  folder: string,
): Promise<void> {
  const without = withDependencies === true ? unread.map((path) => `--exclude=${path}`) : [];
  const tar = ['--extract', '--file=-', `--directory=${folder}`, '--wildcards', ...without, ...only];
  await execa('dpkg-deb', ['--fsys-tarfile', deb], { buffer: false }).pipe('tar', tar);
}

interface PrivateApt {
  /** The version of a package that would be fetched; undefined when there is none of this name. */
  version(name: string): Promise<string | undefined>;
  download(names: readonly string[], options: UnpackOptions, into: string): Promise<void>;
}

/** apt with lists, cache and configuration of its own; of the system's settings only proxies and the like remain. */
async function privateApt(suite: Suite, architecture?: string): Promise<PrivateApt> {
  const root = cachePath('debian', suite, architecture === undefined ? 'apt' : `apt-${architecture}`);
  await mkdir(join(root, 'lists', 'partial'), { recursive: true });
  await mkdir(join(root, 'archives', 'partial'), { recursive: true });
  const sources = archives[suite].map((archive) => `deb [signed-by=${KEYRING}] ${MIRROR} ${archive} main\n`);
  const fetching = await execa('apt-config', ['dump', '--format', '%F "%v";%n', 'Acquire']);
  const settings = {
    'Dir::Etc::sourcelist': join(root, 'sources.list'),
    'Dir::Etc::sourceparts': '/dev/null',
    'Dir::Etc::parts': '/dev/null',
    'Dir::Etc::main': '/dev/null',
    'Dir::Etc::preferencesparts': '/dev/null',
    'Dir::State': root,
    'Dir::State::lists': join(root, 'lists'),
    'Dir::State::status': join(root, 'status'),
    'Dir::Cache': root,
    'Dir::Cache::archives': join(root, 'archives'),
    'APT::Sandbox::User': '',
    'APT::Install-Recommends': 'false',
    // A mirror may be some weeks behind; the signature is what counts.
    'Acquire::Check-Valid-Until': 'false',
    'Acquire::Languages': 'none',
    ...(architecture === undefined
      ? {}
      : { 'APT::Architecture': architecture, 'APT::Architectures': architecture }),
  };
  const lines = Object.entries(settings).map(([key, value]) => `${key} "${value}";`);
  await writeFile(join(root, 'sources.list'), sources.join(''));
  await writeFile(join(root, 'status'), '');
  await writeFile(join(root, 'apt.conf'), [fetching.stdout, ...lines, ''].join('\n'));

  const run = async (argv: readonly string[], cwd = root): Promise<string> => {
    const env = { APT_CONFIG: join(root, 'apt.conf') };
    const { stdout } = await execa('flock', [join(root, 'lock'), ...argv], { cwd, env, stdin: 'ignore' });
    return stdout;
  };
  const stamp = join(root, 'updated');
  const update = async (): Promise<void> => {
    await run(['apt-get', '-q', 'update', '-o', 'APT::Update::Error-Mode=any']);
    await writeFile(stamp, '');
  };
  const firstDependency = async (name: string): Promise<string> => {
    const shown = await run(['apt-cache', 'show', '--no-all-versions', name]);
    return /^Depends: ([^ ,]+)/m.exec(shown)?.[1] ?? name;
  };
  /** `NAME=VERSION` of everything that apt would install on a system that has nothing yet. */
  const closure = async (names: readonly string[]): Promise<string[]> => {
    const told = await run(['apt-get', '-q', '--simulate', 'install', ...names]);
    return [...told.matchAll(/^Inst (\S+) \((\S+) /gm)].map(([, name, version]) => `${name}=${version}`);
  };
  const wanted = async (names: readonly string[], options: UnpackOptions): Promise<readonly string[]> => {
    if (options.withDependencies === true) return await closure(names);
    return options.followFirstDependency === true ? await Promise.all(names.map(firstDependency)) : names;
  };
  const updateWhenOld = async (): Promise<void> => {
    if ((await ageOf(stamp)) > LISTS_MAX_AGE) await update();
  };
  return {
    async version(name) {
      await updateWhenOld();
      const [plain = name, archive] = name.split('/');
      const listed = await run(['apt-cache', 'madison', plain]);
      const lines = listed.split('\n').map((line) => line.split('|').map((cell) => cell.trim()));
      return lines.find(([, , place = '']) => archive === undefined || place.includes(` ${archive}/`))?.[1];
    },
    async download(names, options, into) {
      await updateWhenOld();
      const fetch = async (): Promise<void> => {
        await run(['apt-get', '-q', 'download', ...(await wanted(names, options))], into);
      };
      // A package that was replaced since the lists were fetched is gone from the mirror: new lists name the new one.
      await fetch().catch(async () => {
        await update();
        await fetch();
      });
    },
  };
}

async function ageOf(file: string): Promise<number> {
  return await stat(file).then(
    (found) => Date.now() - found.mtimeMs,
    () => Infinity,
  );
}
