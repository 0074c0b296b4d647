import { join } from 'node:path';
import { chooseFile } from '../../images/export-folder.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { chooseImage, chooseOptions, type ChooseOptions } from './choose.ts';

export const registerPath: RegisterCommand = (group, { terminal }) => {
  const command = group
    .command('path')
    .argument('[name]', 'name of the image (default: the newest)')
    .description('print the file of an image for QEMU, and nothing else');
  for (const option of chooseOptions()) command.addOption(option);
  command
    .addHelpText(
      'after',
      examples(
        ['podbsd image path --release 15.1', 'The newest image of this release'],
        ['podman machine init --image "$(podbsd image path)" freebsd', 'Give it to podman'],
      ),
    )
    .action(async (name: string | undefined, options: ChooseOptions) => {
      const { dir, manifest } = await chooseImage(name, options);
      terminal.out(join(dir, chooseFile(manifest, dir).name));
    });
};
