import { bakeRecipe } from '../recipes/bake/recipe.ts';
import { poudriereRecipe } from '../recipes/poudriere/recipe.ts';
import { buildStatus, type BuildStatus, type StageStatus } from '../recipes/shared/status.ts';
import { loadConfig } from '../config/load.ts';
import { duration } from '../ground/duration.ts';
import { progressText, remaining } from '../pipeline/format.ts';
import type { Terminal } from '../ground/terminal.ts';
import { addBuildOptions, openBuild, requireBuild, type BuildOptions } from './build-env.ts';
import { openBake } from './bake-env.ts';
import { examples, type RegisterCommand } from './command.ts';
import { addRecipeOption, chooseRecipe, type RecipeOptions } from './recipe.ts';

interface Options extends BuildOptions, Pick<RecipeOptions, 'recipe'> {
  readonly json?: boolean;
}

export const registerStatus: RegisterCommand = (program, { terminal }) => {
  addRecipeOption(addBuildOptions(program.command('status')))
    .description('show how far build-image is; works while it runs in another terminal')
    .option('--json', 'print the status as JSON')
    .addHelpText(
      'after',
      examples(
        ['podbsd status', 'Look at the build on this machine'],
        ['podbsd status --host ssh://root@builder --json', 'Look at another machine, from a script'],
      ),
    )
    .action(async (options: Options) => {
      const status = await readStatus(options, terminal);
      if (options.json === true) terminal.out(JSON.stringify(status, undefined, 2));
      else print(terminal, status);
    });
};

async function readStatus(options: Options, terminal: Terminal): Promise<BuildStatus> {
  const loaded = await loadConfig({ file: options.config });
  if (chooseRecipe(options, loaded.config) === 'bake') {
    const { env } = await openBake(loaded, {}, terminal);
    await requireBuild(env.host, env.paths.directory);
    return await buildStatus(env.host, env.paths, bakeRecipe(env));
  }
  const env = await openBuild(options, terminal);
  try {
    await requireBuild(env.host, env.paths.directory);
    return await buildStatus(env.host, env.paths, poudriereRecipe(env));
  } finally {
    await env.host.close();
  }
}

function print(terminal: Terminal, { owner, stages }: BuildStatus): void {
  terminal.out(
    owner === undefined
      ? 'Nobody is building.'
      : `Process ${owner.pid} on ${owner.hostname} is building since ${owner.since}.`,
  );
  for (const stage of stages) {
    terminal.out(`${stage.state.padEnd(11)} ${stage.name.padEnd(10)} ${stage.title}${times(stage)}`);
    if (stage.progress !== undefined) terminal.out(`${' '.repeat(12)}${progressText(stage.progress)}`);
    if (stage.problem !== undefined && stage.state !== 'done')
      for (const line of stage.problem.split('\n')) terminal.out(`${' '.repeat(12)}${line}`);
  }
}

function times({ state, started, ended, progress }: StageStatus): string {
  if (started === undefined) return '';
  const end = ended === undefined || state === 'running' ? Date.now() : Date.parse(ended);
  const seconds = (end - Date.parse(started)) / 1000;
  const left = progress === undefined ? undefined : remaining(progress, seconds);
  return ` - ${duration(seconds)}${left === undefined ? '' : `, about ${duration(left)} to go`}`;
}
