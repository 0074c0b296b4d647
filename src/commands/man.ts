import { podbsdVersion } from '../ground/assets.ts';
import { examples, type RegisterCommand } from './command.ts';
import { manPage } from './reference/man-page.ts';

export const registerMan: RegisterCommand = (program, { terminal, commandLine }) => {
  program
    .command('man')
    .description('print the manual page podbsd(1)')
    .addHelpText(
      'after',
      examples(['podbsd man | man -l -', 'Read it'], ['podbsd man > podbsd.1', 'Keep it']),
    )
    .action(async () => terminal.out(manPage(await commandLine('everything'), podbsdVersion()).trimEnd()));
};
