import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { removeImage } from '../../images/remove.ts';
import { findStored, imageStore, type StoredImage } from '../../images/store.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { machinesOf } from './machines-of.ts';

export const registerRm: RegisterCommand = (group, { terminal }) => {
  group
    .command('rm')
    .argument('<names...>', 'names of images')
    .description('remove images that no machine was made of')
    .option(
      '-f, --force',
      'also those that machines were made of; the machines have disks of their own and stay',
    )
    .option('--dry-run', 'say what would be removed')
    .addHelpText('after', examples(['podbsd image rm "$(podbsd image list -q | tail -1)"', 'The oldest']))
    .action(async (names: string[], { force, dryRun }: { force?: boolean; dryRun?: boolean }) => {
      const store = imageStore();
      // All are looked up first: a wrong name changes nothing.
      const images = await Promise.all([...new Set(names)].map((name) => findStored(store, name)));
      if (force !== true) for (const image of images) await requireUnused(image);
      for (const image of images) {
        if (dryRun !== true) await removeImage(store, image);
        terminal.err(`${dryRun === true ? 'would remove' : 'removed'} ${image.dir}`);
      }
    });
};

async function requireUnused(image: StoredImage): Promise<void> {
  const machines = await machinesOf(image);
  if (machines.length === 0) return;
  throw new PodbsdError({
    doing: `removing the image ${image.name}`,
    problem: `these machines were made of it: ${machines.join(', ')}`,
    remedy: 'remove them first (podbsd machine rm), or add --force: they have disks of their own and stay',
    exitCode: ExitCode.failed,
  });
}
