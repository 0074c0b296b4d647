import { formatSize } from '../../ground/sizes.ts';
import { imageBytes, imageStore, listImages, removeImage } from '../../images/store.ts';
import { replacedImages } from '../../images/replaced.ts';
import { examples, type RegisterCommand } from '../command.ts';

export const registerPrune: RegisterCommand = (group, { terminal }) => {
  group
    .command('prune')
    .description('remove the images that a newer one of the same release and architecture has replaced')
    .option('--dry-run', 'say what would be removed')
    .addHelpText('after', examples(['podbsd image prune --dry-run', 'See what would go']))
    .action(async ({ dryRun }: { dryRun?: boolean }) => {
      const store = imageStore();
      const replaced = replacedImages(await listImages(store));
      for (const image of replaced) {
        if (dryRun !== true) await removeImage(store, image);
        terminal.err(`${dryRun === true ? 'would remove' : 'removed'} ${image.dir}`);
      }
      const bytes = replaced.reduce((sum, image) => sum + imageBytes(image), 0);
      terminal.err(replaced.length === 0 ? 'nothing to remove' : `${formatSize(bytes)} in all`);
    });
};
