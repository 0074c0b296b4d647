import type { Config } from '../config/schema.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { BuildOptions, Recipe } from './build.ts';

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
