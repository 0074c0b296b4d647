import { messageOf } from '../ground/errors.ts';
import {
  addBuilderOption,
  addBuildOptions,
  addImageOptions,
  surroundings,
  type BuildCommandOptions,
} from './build-options.ts';
import { jsonLines, reporterFor } from './build-reporter.ts';
import { examples, type RegisterCommand } from './command.ts';
import { notice } from './notice.ts';

interface Options extends BuildCommandOptions {
  readonly from?: string;
  readonly until?: string;
  readonly json?: boolean;
  readonly store: boolean;
}

export const registerBuildImage: RegisterCommand = (program, { terminal, signal }) => {
  addImageOptions(addBuilderOption(addBuildOptions(program.command('build-image'))))
    .description('build a FreeBSD disk image for podman machine; continues where an earlier run stopped')
    .option('--out <dir>', 'folder for the finished image (default: [build] output)')
    .option('--no-store', 'do not put the image into the store of podbsd image list too')
    .option('--from <stage>', 'rebuild this stage and all after it')
    .option('--until <stage>', 'stop after this stage')
    .option(
      '--dry-run',
      'check everything, print every command in order and do nothing; --host is asked, not changed',
    )
    .option('--json', 'print events as lines of JSON')
    .addHelpText(
      'after',
      examples(
        ['podbsd build-image', 'On FreeBSD, as root: build with Poudriere. On Linux and macOS: bake'],
        ['podbsd build-image --base-image freebsd.qcow2.xz', 'Bake from an image that is here already'],
        ['podbsd build-image --host ssh://root@builder', 'Build on another machine, from Linux or macOS too'],
        [
          'podbsd build-image --builder vm',
          'Build with Poudriere in a virtual machine: own packages, own source',
        ],
        ['podbsd build-image --dry-run', 'See what would be done'],
        ['podbsd build-image --from packages', 'Build packages and image again, keep the FreeBSD base'],
      ),
    )
    .action(async (options: Options) => {
      const { openBuild } = await import('../recipes/recipe.ts');
      const printing = options.json === true && options.dryRun === true ? jsonLines(terminal) : terminal;
      const around = surroundings(options, { terminal: printing, signal });
      const build = await openBuild({ ...options, asks: options.dryRun !== true }, around);
      try {
        const range = { from: options.from, until: options.until };
        await build.run({ range, reporter: () => reporterFor(options, terminal) });
      } finally {
        await build.close();
      }
      if (options.dryRun === true || options.until !== undefined || !options.store) return;
      const { addImage } = await import('../images/add.ts');
      const { imageStore } = await import('../images/store.ts');
      try {
        const { image, isNew } = await addImage(imageStore(), build.outDir, signal);
        if (isNew) terminal.err(`The image is in the store too: ${image.name}`);
      } catch (error) {
        signal.throwIfAborted();
        // The build itself has succeeded.
        notice(
          terminal,
          `the image could not be put into the store (${messageOf(error)}); --no-store does without it`,
        );
      }
    });
};
