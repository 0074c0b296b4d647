import { addBuilderOption, addBuildOptions, namesBuild } from './build-options.ts';
import { examples, type RegisterCommand } from './command.ts';
import type { StatusOptions } from './show-status.ts';

export const registerStatus: RegisterCommand = (program, context) => {
  addBuilderOption(addBuildOptions(program.command('status')))
    .description('show how far builds are, and everything that podbsd keeps on this host')
    .option('--json', 'print the status as JSON')
    .addHelpText(
      'after',
      examples(
        ['podbsd status', 'All builds of this machine, downloads, images, machines, guests and their sizes'],
        ['podbsd status --host ssh://root@builder --json', 'The build on another machine, from a script'],
      ) + '\n\nIt works while build-image runs in another terminal.',
    )
    .action(async (options: StatusOptions) => {
      const { showAllBuilds, showBuild } = await import('./show-status.ts');
      if (namesBuild(options)) await showBuild(options, context);
      else await showAllBuilds(options, context);
    });
};
