import { findStored, imageStore, removeImage } from '../../images/store.ts';
import { examples, type RegisterCommand } from '../command.ts';

export const registerRm: RegisterCommand = (group, { terminal }) => {
  group
    .command('rm')
    .argument('<names...>', 'names of images')
    .description('remove images; machines have disks of their own and stay')
    .option('--dry-run', 'say what would be removed')
    .addHelpText('after', examples(['podbsd image rm "$(podbsd image list -q | tail -1)"', 'The oldest']))
    .action(async (names: string[], { dryRun }: { dryRun?: boolean }) => {
      const store = imageStore();
      // All are looked up first: a wrong name changes nothing.
      const images = await Promise.all(names.map((name) => findStored(store, name)));
      for (const image of images) {
        if (dryRun !== true) await removeImage(store, image);
        terminal.err(`${dryRun === true ? 'would remove' : 'removed'} ${image.dir}`);
      }
    });
};
