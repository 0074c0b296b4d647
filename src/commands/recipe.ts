import { Option, type Command } from 'commander';
import type { Config } from '../config/schema.ts';
import { ExitCode, PodbsdError } from '../errors.ts';

const recipes = ['poudriere', 'bake'] as const;
export type Recipe = (typeof recipes)[number];

export interface RecipeOptions {
  readonly recipe?: Recipe;
  readonly host?: string;
}

export function addRecipeOption(command: Command): Command {
  const meaning =
    'poudriere builds on a FreeBSD machine, bake starts from an image of FreeBSD (default: [build] recipe, ' +
    'else poudriere on FreeBSD and with --host, and bake everywhere else)';
  return command.addOption(new Option('--recipe <name>', meaning).choices(recipes));
}

/** Poudriere runs on FreeBSD only; everybody else bakes, unless a builder was named. */
export function chooseRecipe(
  options: RecipeOptions,
  { build }: Config,
  platform: string = process.platform,
): Recipe {
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
