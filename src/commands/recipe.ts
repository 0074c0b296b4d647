import { Option, type Command } from 'commander';
import type { Config } from '../config/schema.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';

const recipes = ['poudriere', 'bake'] as const;
export type Recipe = (typeof recipes)[number];

export interface RecipeOptions {
  readonly recipe?: Recipe;
  readonly host?: string;
  readonly builder?: 'vm';
}

export function addRecipeOption(command: Command): Command {
  const meaning =
    'poudriere builds on a FreeBSD machine, bake starts from an image of FreeBSD (default: [build] recipe, ' +
    'else poudriere on FreeBSD and with --host, and bake everywhere else)';
  return command.addOption(new Option('--recipe <name>', meaning).choices(recipes));
}

/** A machine to build in where there is no FreeBSD. */
export function addBuilderOption(command: Command): Command {
  const meaning = 'vm: let Poudriere build in a FreeBSD virtual machine that podbsd makes here';
  return command.addOption(new Option('--builder <kind>', meaning).choices(['vm']));
}

/** Poudriere runs on FreeBSD only; everybody else bakes, unless a builder was named. */
export function chooseRecipe(
  options: RecipeOptions,
  { build }: Config,
  platform: string = process.platform,
): Recipe {
  if (options.builder !== undefined) {
    requireNoOther(options);
    return 'poudriere';
  }
  const chosen = options.recipe ?? (options.host === undefined ? build.recipe : 'poudriere');
  if (chosen === 'bake' && options.host !== undefined)
    throw new PodbsdError({
      doing: 'reading the command line',
      problem: '--recipe bake runs its machine here, and --host names another one',
      remedy: 'leave one of the two out',
      exitCode: ExitCode.usage,
    });
  return chosen ?? (platform === 'freebsd' ? 'poudriere' : 'bake');
}

/** Another place to build, or another way, contradicts a machine of one's own. */
function requireNoOther({ recipe, host }: RecipeOptions): void {
  if (host === undefined && recipe !== 'bake') return;
  throw new PodbsdError({
    doing: 'reading the command line',
    problem:
      host === undefined
        ? '--builder vm is for Poudriere, and --recipe bake builds nothing'
        : '--builder vm builds in a machine here, and --host names another one',
    remedy: 'leave one of the two out',
    exitCode: ExitCode.usage,
  });
}
