import { rm } from 'node:fs/promises';
import { cleanAll, cleanLeftovers } from '../build/clean.ts';
import type { BuildEnv } from '../build/env.ts';
import { poudriereRecipe } from '../build/recipe.ts';
import { Journal } from '../pipeline/journal.ts';
import { takeLock } from '../pipeline/lock.ts';
import type { StageRun } from '../pipeline/stage.ts';
import { addBuildOptions, logFolder, openBuild, requireBuild, type BuildOptions } from './build-env.ts';
import { examples, type CommandContext, type RegisterCommand } from './command.ts';

interface Options extends BuildOptions {
  readonly all?: boolean;
}

export const registerClean: RegisterCommand = (program, context) => {
  addBuildOptions(program.command('clean'))
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
        ['podbsd clean --all --dry-run', 'See what giving back all space would remove'],
      ),
    )
    .action(async (options: Options) => {
      const env = await openBuild(options, context.terminal);
      try {
        if (!env.host.dryRun) await requireBuild(env);
        await clean(env, options, context);
      } finally {
        await env.host.close();
      }
    });
};

async function clean(env: BuildEnv, options: Options, { terminal, signal }: CommandContext): Promise<void> {
  const { host, paths } = env;
  const run: StageRun = {
    exec: (argv, runOptions = {}) => host.run(argv, { signal, ...runOptions }),
    say: (text) => terminal.err(text),
    progress: () => undefined,
    note: async () => {},
    outputs: () => ({}),
    resuming: false,
    logFile: '',
    signal,
  };
  const stages = poudriereRecipe(env).filter((stage) => stage.checksOnly !== true);
  const lock = host.dryRun ? undefined : await takeLock(host, `${paths.directory}/lock`);
  try {
    const journal = await Journal.read(host, `${paths.directory}/journal.json`);
    const unfinished = stages.filter(({ name }) => (journal.get(name)?.state ?? 'done') !== 'done');
    if (options.all === true) await cleanAll(env, stages, run);
    else await cleanLeftovers(env, unfinished, run);
  } finally {
    if (options.all !== true) await lock?.release();
  }
  if (options.all === true && !host.dryRun) await rm(logFolder(env), { recursive: true, force: true });
}
