import { cleanBuild } from '../recipes/build.ts';
import { openBuild } from '../recipes/recipe.ts';
import {
  addBuilderOption,
  addBuildOptions,
  surroundings,
  type BuildCommandOptions,
} from './build-options.ts';
import { examples, type RegisterCommand } from './command.ts';

interface Options extends BuildCommandOptions {
  readonly all?: boolean;
}

export const registerClean: RegisterCommand = (program, context) => {
  addBuilderOption(addBuildOptions(program.command('clean')))
    .description('clean up after an interrupted build-image; finished results stay')
    .option(
      '--all',
      'remove jail, packages, datasets and the whole build directory; the finished image stays',
    )
    .option('--dry-run', 'print what would be done')
    .addHelpText(
      'after',
      examples(
        ['podbsd clean', 'Stop and clean up an interrupted build'],
        ['podbsd clean --builder vm --all', 'Remove the virtual machine that Poudriere built in'],
        ['podbsd clean --all --dry-run', 'See what would be removed'],
      ),
    )
    .action(async ({ all = false, ...options }: Options) => {
      const around = surroundings(options, context);
      const build = await openBuild(options, around);
      try {
        await cleanBuild(build, { ...around, all });
      } finally {
        await build.close();
      }
    });
};
