import { Option } from 'commander';
import { imageStore } from '../../images/store.ts';
import { hostArchitecture } from '../../vm/architecture.ts';
import { buildIntoStore } from '../../recipes/into-store.ts';
import {
  addBuilderOption,
  addBuildOptions,
  addImageOptions,
  surroundings,
  type BuildCommandOptions,
} from '../build-options.ts';
import { jsonLines, reporterFor } from '../build-reporter.ts';
import { examples, type RegisterCommand } from '../command.ts';

interface Options extends BuildCommandOptions {
  readonly arch?: 'amd64' | 'arm64';
  readonly json?: boolean;
}

export const registerBuild: RegisterCommand = (group, { terminal, signal }) => {
  addImageOptions(addBuilderOption(addBuildOptions(group.command('build'))))
    .description('make an image in the store; continues where an earlier run stopped')
    .addOption(
      new Option(
        '--arch <arch>',
        'architecture of the image (default: [build] architecture, without a configuration that of this machine)',
      ).choices(['amd64', 'arm64']),
    )
    .option('--dry-run', 'check everything, print every command in order and do nothing')
    .option('--json', 'print events as lines of JSON')
    .addHelpText(
      'after',
      examples(
        ['podbsd image build', 'An image for this machine'],
        ['podbsd image build --update', 'With the newest patches of FreeBSD'],
        ['podbsd image build --base-image freebsd.qcow2.xz', 'From an image that is here already'],
      ),
    )
    .action(async ({ arch, ...options }: Options) => {
      const printing = options.json === true && options.dryRun === true ? jsonLines(terminal) : terminal;
      const image = await buildIntoStore(
        imageStore(),
        { ...options, architecture: arch, architectureWithoutFile: hostArchitecture() },
        {
          surroundings: surroundings(options, { terminal: printing, signal }),
          reporter: () => reporterFor(options, terminal),
          dryRun: options.dryRun === true,
        },
      );
      if (image !== undefined && options.json !== true) terminal.out(image.dir);
    });
};
