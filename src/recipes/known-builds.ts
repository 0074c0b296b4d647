import { Journal } from '../pipeline/journal.ts';
import { isStale, lockOwner } from '../pipeline/lock.ts';
import type { Build, BuildOptions, Surroundings } from './build.ts';
import { intoStore } from './into-store.ts';
import { openBuild } from './recipe.ts';

/** A build that was begun and is still there. */
export interface KnownBuild {
  /** What was called to make it: `bake`, `build-image --builder vm`, `image build`, `poudriere`. */
  readonly name: string;
  readonly build: Build;
  readonly state: 'running' | 'interrupted' | 'done';
}

/**
 * All builds that podbsd has begun on this machine: below the working directory, by either recipe, and in the store of
 * images. The caller closes each.
 */
export async function knownBuilds(
  { config }: Pick<BuildOptions, 'config'>,
  surroundings: Surroundings,
  store: string,
): Promise<KnownBuild[]> {
  const given = config === undefined ? {} : { config };
  const calls: readonly (readonly [name: string, options: BuildOptions])[] = [
    ['poudriere', { ...given, recipe: 'poudriere' }],
    ['bake', { ...given, recipe: 'bake' }],
    ['build-image --builder vm', { ...given, builder: 'vm' }],
    ['image build', { ...given, ...intoStore(store) }],
  ];
  const known = new Map<string, KnownBuild>();
  for (const [name, options] of calls) {
    const build = await openBuild(options, surroundings);
    const state = known.has(build.directory) ? undefined : await buildState(build);
    if (state === undefined) await build.close();
    else known.set(build.directory, { name, build, state });
  }
  return [...known.values()];
}

/** Undefined where nothing was begun. */
async function buildState({ host, directory, lock }: Build): Promise<KnownBuild['state'] | undefined> {
  if ((await host.stat(`${directory}/journal.json`)) === undefined) return undefined;
  const owner = await lockOwner(host, lock);
  if (owner !== undefined && !(await isStale(owner))) return 'running';
  return (await Journal.read(host, directory)).finished ? 'done' : 'interrupted';
}
