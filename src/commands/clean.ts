import { addBuilderOption, addBuildOptions, namesBuild } from './build-options.ts';
import { examples, type RegisterCommand } from './command.ts';
import type { CleanOptions } from './clean-up.ts';

export const registerClean: RegisterCommand = (program, context) => {
  addBuilderOption(addBuildOptions(program.command('clean')))
    .description('clean up after interrupted builds and other commands; finished results stay')
    .option('--all', 'remove builds with everything they keep, and downloads; finished images stay')
    .option('--dry-run', 'say what would be removed')
    .addHelpText(
      'after',
      examples(
        ['podbsd clean', 'Clean up what was interrupted'],
        ['podbsd clean --builder vm --all', 'Remove the virtual machine that Poudriere built in'],
        ['podbsd clean --all --dry-run', 'See what would be removed'],
      ) +
        '\n\nWithout --host, --recipe and --builder it is about all builds of this machine. Images, machines, guests and' +
        "\npodman's helpers stay: podbsd status names the commands that remove them.",
    )
    .action(async (options: CleanOptions) => {
      const { cleanAll, cleanOne } = await import('./clean-up.ts');
      if (namesBuild(options)) await cleanOne(options, context);
      else await cleanAll(options, context);
    });
};
