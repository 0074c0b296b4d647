import { imageStore } from '../../images/store.ts';
import { buildIntoStore } from '../../recipes/into-store.ts';
import {
  addBuilderOption,
  addBuildOptions,
  surroundings,
  type BuildCommandOptions,
} from '../build-options.ts';
import { jsonLines, reporterFor } from '../build-reporter.ts';
import { examples, type RegisterCommand } from '../command.ts';

interface Options extends BuildCommandOptions {
  readonly json?: boolean;
}

export const registerBuild: RegisterCommand = (group, { terminal, signal }) => {
  addBuilderOption(addBuildOptions(group.command('build')))
    .description('make an image in the store; goes on where an earlier run stopped')
    .option('--base-image <file>', 'start from this FreeBSD image instead of downloading one')
    .option('--release <release>', 'release of FreeBSD, e.g. 15.1 (default: [build] release)')
    .option('--dry-run', 'print every command in order and do nothing')
    .option('--json', 'print events as lines of JSON')
    .addHelpText(
      'after',
      examples(
        ['podbsd image build', 'An image for this machine'],
        ['podbsd image build --base-image freebsd.qcow2.xz', 'From an image that is here already'],
      ),
    )
    .action(async (options: Options) => {
      const printing = options.json === true && options.dryRun === true ? jsonLines(terminal) : terminal;
      const image = await buildIntoStore(imageStore(), options, {
        surroundings: surroundings(options, { terminal: printing, signal }),
        reporter: () => reporterFor(options, terminal),
      });
      if (image !== undefined && options.json !== true) terminal.out(image.dir);
    });
};
