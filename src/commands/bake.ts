import { addBuilderOption, surroundings, type BuildCommandOptions } from './build-options.ts';
import { examples, type RegisterCommand } from './command.ts';

export const registerBake: RegisterCommand = (program, context) => {
  addBuilderOption(program.command('bake'))
    .description('look into the machine that build-image works in')
    .requiredOption('--shell', 'boot a copy of what has been made so far and open a shell as root')
    .option('--config <file>', 'configuration (default: podbsd.toml, when there is one)')
    .addHelpText(
      'after',
      examples(
        ['podbsd bake --shell', 'After a failed stage: look around; changes are thrown away'],
        ['podbsd bake --shell --builder vm', 'The same with the machine of build-image --builder vm'],
        ['podbsd build-image --recipe bake', 'Bake an image'],
      ),
    )
    .action(async (options: Pick<BuildCommandOptions, 'config' | 'builder'>) => {
      const { openBuild } = await import('../recipes/recipe.ts');
      const recipe = options.builder === undefined ? ({ recipe: 'bake' } as const) : {};
      const build = await openBuild({ ...options, ...recipe }, surroundings(options, context));
      try {
        process.exitCode = await build.shell?.();
      } finally {
        await build.close();
      }
    });
};
