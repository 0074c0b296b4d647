import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { openBake } from './bake/open.ts';
import type { Build, BuildOptions, Opening, Recipe, Surroundings } from './build.ts';
import { openBuilderVm } from './builder-vm.ts';
import { openPoudriere } from './poudriere/open.ts';

/** Opens the build that command line and configuration mean. Nothing is started or changed yet; the caller closes it. */
export async function openBuild(options: BuildOptions, surroundings: Surroundings): Promise<Build> {
  const { config, ...rest } = await loadConfig({ file: options.config });
  const { release = config.build.release } = options;
  const loaded = { ...rest, config: { ...config, build: { ...config.build, release } } };
  return await openRecipe({ ...surroundings, loaded, options });
}

/** The only place that knows how each recipe opens. */
async function openRecipe(opening: Opening): Promise<Build> {
  const { options, loaded } = opening;
  const recipe = chooseRecipe(options, loaded.config);
  if (options.builder === 'vm') return openBuilderVm(opening);
  return recipe === 'bake' ? openBake(opening) : openPoudriere(opening, await opening.connect());
}

/** Poudriere runs on FreeBSD only; everybody else bakes, unless a builder was named. */
export function chooseRecipe(
  { recipe, host, builder }: BuildOptions,
  { build }: Config,
  platform: string = process.platform,
): Recipe {
  // Another place to build, or another way, contradicts a machine of one's own.
  if (builder !== undefined && host !== undefined)
    throw contradiction('--builder vm builds in a machine here, and --host names another one');
  if (builder !== undefined && recipe === 'bake')
    throw contradiction('--builder vm is for Poudriere, and --recipe bake builds nothing');
  if (builder !== undefined) return 'poudriere';
  const chosen = recipe ?? (host === undefined ? build.recipe : 'poudriere');
  if (chosen === 'bake' && host !== undefined)
    throw contradiction('--recipe bake runs its machine here, and --host names another one');
  return chosen ?? (platform === 'freebsd' ? 'poudriere' : 'bake');
}

function contradiction(problem: string): PodbsdError {
  return new PodbsdError({
    doing: 'reading the command line',
    problem,
    remedy: 'leave one of the two out',
    exitCode: ExitCode.usage,
  });
}
