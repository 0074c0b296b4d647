import { rm } from 'node:fs/promises';
import { formatSize } from '../../ground/sizes.ts';
import { LocalHost } from '../../host/local.ts';
import { leftOvers, removeImage, workIn } from '../../images/remove.ts';
import { replacedImages } from '../../images/replaced.ts';
import { imageBytes, imageStore, listImages, storeLock } from '../../images/store.ts';
import { takeLock } from '../../pipeline/lock.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { machinesOf } from './machines-of.ts';

interface Options {
  readonly all?: boolean;
  readonly dryRun?: boolean;
}

export const registerPrune: RegisterCommand = (group, { terminal }) => {
  group
    .command('prune')
    .description(
      'remove images that a newer one of the same release and architecture has replaced and no machine was made of',
    )
    .option('--all', 'also what was downloaded, and the layers of the last bake: a later build takes longer')
    .option('--dry-run', 'say what would be removed')
    .addHelpText('after', examples(['podbsd image prune --dry-run', 'See what would go']))
    .action(async ({ all, dryRun }: Options) => {
      const store = imageStore();
      const images = await listImages(store);
      const others = async (): Promise<readonly string[]> => [
        ...(await leftOvers(store)),
        ...(all === true ? await workIn(store) : []),
      ];
      // A lock in a store that is not there would make the store.
      if (images.length === 0 && (await others()).length === 0) {
        terminal.err('nothing to remove');
        return;
      }
      // Nothing is taken from under a podbsd that makes an image.
      const lock = dryRun === true ? undefined : await takeLock(new LocalHost(), storeLock(store));
      try {
        const said = (path: string): void =>
          terminal.err(`${dryRun === true ? 'would remove' : 'removed'} ${path}`);
        let bytes = 0;
        for (const image of replacedImages(images)) {
          const machines = await machinesOf(image);
          if (machines.length > 0) {
            terminal.err(`kept ${image.dir}, of which these machines were made: ${machines.join(', ')}`);
            continue;
          }
          if (dryRun !== true) await removeImage(store, image);
          bytes += imageBytes(image);
          said(image.dir);
        }
        const rest = await others();
        for (const path of rest) {
          if (dryRun !== true) await rm(path, { recursive: true, force: true });
          said(path);
        }
        if (bytes > 0) terminal.err(`${formatSize(bytes)} in all`);
        else if (rest.length === 0) terminal.err('nothing to remove');
      } finally {
        await lock?.release();
      }
    });
};
