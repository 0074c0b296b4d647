import type { Build, BuildOptions, Opening, Surroundings } from './build.ts';
import { chooseRecipe } from './choose-recipe.ts';
import { loadBuild } from './load-build.ts';

/** Opens the build that command line and configuration mean. Nothing is started or changed yet; the caller closes it. */
export async function openBuild(options: BuildOptions, surroundings: Surroundings): Promise<Build> {
  return await openRecipe({ ...surroundings, loaded: await loadBuild(options, surroundings), options });
}

/** The only place that knows how each recipe opens. Each is loaded when it is: no other command needs their stages. */
async function openRecipe(opening: Opening): Promise<Build> {
  const { options, loaded } = opening;
  const recipe = chooseRecipe(options, loaded.config);
  if (options.builder === 'vm') {
    const { openBuilderVm } = await import('./builder-vm.ts');
    return openBuilderVm(opening);
  }
  if (recipe === 'bake') {
    const { openBake } = await import('./bake/open.ts');
    return openBake(opening);
  }
  const { openPoudriere } = await import('./poudriere/open.ts');
  return openPoudriere(opening, await opening.connect());
}
