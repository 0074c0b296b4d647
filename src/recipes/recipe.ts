import { openBake } from './bake/open.ts';
import type { Build, BuildOptions, Opening, Surroundings } from './build.ts';
import { openBuilderVm } from './builder-vm.ts';
import { chooseRecipe } from './choose-recipe.ts';
import { loadBuild } from './load-build.ts';
import { openPoudriere } from './poudriere/open.ts';

/** Opens the build that command line and configuration mean. Nothing is started or changed yet; the caller closes it. */
export async function openBuild(options: BuildOptions, surroundings: Surroundings): Promise<Build> {
  return await openRecipe({ ...surroundings, loaded: await loadBuild(options, surroundings), options });
}

/** The only place that knows how each recipe opens. */
async function openRecipe(opening: Opening): Promise<Build> {
  const { options, loaded } = opening;
  const recipe = chooseRecipe(options, loaded.config);
  if (options.builder === 'vm') return openBuilderVm(opening);
  return recipe === 'bake' ? openBake(opening) : openPoudriere(opening, await opening.connect());
}
