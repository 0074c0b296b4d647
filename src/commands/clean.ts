import { rm } from 'node:fs/promises';
import { builderRecipe } from '../recipes/bake/builder.ts';
import { bakeRecipe } from '../recipes/bake/recipe.ts';
import { cleanAll, cleanLeftovers } from '../recipes/shared/clean.ts';
import type { BuildEnv } from '../recipes/poudriere/env.ts';
import { poudriereRecipe } from '../recipes/poudriere/recipe.ts';
import { loadConfig } from '../config/load.ts';
import type { Host } from '../host/host.ts';
import { Journal } from '../pipeline/journal.ts';
import { takeLock } from '../pipeline/lock.ts';
import type { Stage } from '../pipeline/stage.ts';
import { addBuildOptions, logFolder, openBuild, requireBuild, type BuildOptions } from './build-env.ts';
import { openBake, type OpenBake } from './bake-env.ts';
import { examples, type CommandContext, type RegisterCommand } from './command.ts';
import { machineLock } from './builder-vm.ts';
import { addBuilderOption, addRecipeOption, chooseRecipe, type RecipeOptions } from './recipe.ts';
import { standaloneRun } from './standalone-run.ts';

interface Options extends BuildOptions, Pick<RecipeOptions, 'recipe' | 'builder'> {
  readonly all?: boolean;
}

export const registerClean: RegisterCommand = (program, context) => {
  addBuilderOption(addRecipeOption(addBuildOptions(program.command('clean'))))
    .description('clear away what an interrupted build-image left behind; finished results stay')
    .option(
      '--all',
      'remove jail, packages, datasets and the whole build directory; the finished image stays',
    )
    .option('--dry-run', 'print what would be done')
    .addHelpText(
      'after',
      examples(
        ['podbsd clean', 'Stop and clear away an interrupted build'],
        ['podbsd clean --builder vm --all', 'Remove the virtual machine that Poudriere built in'],
        ['podbsd clean --all --dry-run', 'See what giving back all space would remove'],
      ),
    )
    .action(async (options: Options) => {
      const loaded = await loadConfig({ file: options.config });
      if (chooseRecipe(options, loaded.config) === 'bake' || options.builder !== undefined) {
        await cleanBake(await openBake(loaded, options, context.terminal), options, context);
        return;
      }
      const env = await openBuild(options, context.terminal);
      try {
        if (!env.host.dryRun) await requireBuild(env.host, env.paths.directory);
        await clean(env, options, context);
      } finally {
        await env.host.close();
      }
    });
};

async function clean(env: BuildEnv, options: Options, { terminal, signal }: CommandContext): Promise<void> {
  const { host, paths } = env;
  const run = standaloneRun(host, (text) => terminal.err(text), signal);
  const stages = poudriereRecipe(env).filter((stage) => stage.checksOnly !== true);
  const lock = host.dryRun ? undefined : await takeLock(host, `${paths.directory}/lock`);
  try {
    const unfinished = await unfinishedStages(host, paths.directory, stages);
    if (options.all === true) await cleanAll(env, stages, run);
    else await cleanLeftovers(env, unfinished, run);
  } finally {
    if (options.all !== true) await lock?.release();
  }
  if (options.all === true && !host.dryRun) await rm(logFolder(env), { recursive: true, force: true });
}

/** Everything of a bake, or of the machine of --builder vm, lies in one folder; the base image stays in the cache for the next one. */
async function cleanBake(
  { env, logs, stopOrphans }: OpenBake,
  options: Options,
  { terminal, signal }: CommandContext,
): Promise<void> {
  const { host, paths } = env;
  if (!host.dryRun) await requireBuild(host, paths.directory);
  const run = standaloneRun(host, (text) => terminal.err(text), signal);
  const builds = options.builder !== undefined;
  const path = builds ? machineLock(paths.directory) : `${paths.directory}/lock`;
  const lock = host.dryRun ? undefined : await takeLock(host, path);
  try {
    await stopOrphans();
    const recipe = builds ? builderRecipe(env) : bakeRecipe(env);
    const stages = recipe.filter((stage) => stage.checksOnly !== true);
    for (const stage of await unfinishedStages(host, paths.directory, stages)) await stage.sweep(run);
    if (options.all === true) await host.remove(paths.directory);
  } finally {
    if (options.all !== true) await lock?.release();
  }
  if (options.all === true) await host.remove(logs);
}

async function unfinishedStages(
  host: Host,
  directory: string,
  stages: readonly Stage[],
): Promise<readonly Stage[]> {
  const journal = await Journal.read(host, `${directory}/journal.json`);
  return stages.filter(({ name }) => (journal.get(name)?.state ?? 'done') !== 'done');
}
