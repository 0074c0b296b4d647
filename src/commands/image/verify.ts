import { verifyChecksums } from '../../disk/describe/checksums.ts';
import { ExitCode } from '../../ground/errors.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { chooseImage, chooseOptions, type ChooseOptions } from './choose.ts';

export const registerVerify: RegisterCommand = (group, { terminal, signal }) => {
  const command = group
    .command('verify')
    .argument('[name]', 'name of the image (default: the newest)')
    .description('hash the files of an image and compare them with its SHA256SUMS');
  for (const option of chooseOptions()) command.addOption(option);
  command
    .addHelpText(
      'after',
      examples(
        ['podbsd image verify', 'Are the files of the newest image still what they were?'],
        ['podbsd verify "$(podbsd image path)"', 'Boot it and check everything that podman expects'],
      ),
    )
    .action(async (name: string | undefined, options: ChooseOptions) => {
      const { dir } = await chooseImage(name, options);
      const files = await verifyChecksums(dir, signal);
      for (const file of files) terminal.out(`${file.state.padEnd(8)} ${file.name}`);
      if (files.some(({ state }) => state !== 'ok')) process.exitCode = ExitCode.failed;
    });
};
