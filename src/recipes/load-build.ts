import { join } from 'node:path';
import { loadConfig, type LoadedConfig } from '../config/load.ts';
import { downloadsFolder, imageStore } from '../images/store.ts';
import type { BuildOptions, Surroundings } from './build.ts';
import { chooseRecipe } from './choose-recipe.ts';
import { requireRelease } from './shared/release.ts';
import { settleRelease } from './shared/settle-release.ts';

/**
 * The configuration of a build: what the command line says goes before the file, and `newest` is a release. With `asks`
 * the download site is asked which.
 */
export async function loadBuild(
  options: BuildOptions,
  { say, signal }: Pick<Surroundings, 'say' | 'signal'>,
): Promise<LoadedConfig> {
  const { config, ...rest } = await loadConfig({ file: options.config });
  const without = rest.file === undefined ? options.architectureWithoutFile : undefined;
  const { release = config.build.release } = options;
  const architecture = options.architecture ?? without ?? config.build.architecture;
  const { update = config.bake.update } = options;
  requireRelease(release);
  const build = { ...config.build, release, architecture };
  const loaded = { ...rest, config: { ...config, build, bake: { ...config.bake, update } } };
  const settled = await settledRelease(options, loaded, say, signal);
  return { ...loaded, config: { ...loaded.config, build: { ...build, release: settled } } };
}

/** An image of the user's own, and a source tree, have whatever release they have. */
async function settledRelease(
  options: BuildOptions,
  loaded: LoadedConfig,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<string> {
  const { build, bake } = loaded.config;
  const recipe = chooseRecipe(options, loaded.config);
  const own = options.baseImage ?? bake.base_image ?? bake.url;
  const given =
    recipe === 'bake' ? own !== undefined : build.base === 'source' && options.builder === undefined;
  return await settleRelease({
    loaded,
    from: recipe === 'bake' || (options.builder === 'vm' && own === undefined) ? 'image' : 'sets',
    downloads: downloadsFolder(),
    remembered: join(imageStore(), '.newest.json'),
    asks: options.asks === true && !given,
    say,
    signal,
  });
}
