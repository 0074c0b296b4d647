import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { requireAll } from '../../ground/lack/lack.ts';
import { createdFiles, createGuest, createLacks, lossesOf } from '../../alpine/create.ts';
import { checkGuestName } from '../../alpine/identity.ts';
import { LocalHost } from '../../host/local.ts';
import { examples, type RegisterCommand } from '../command.ts';

interface Options {
  readonly out?: string;
  readonly config?: string;
  readonly iso?: string;
  readonly json?: boolean;
  readonly force?: boolean;
  readonly dryRun?: boolean;
}

export const registerCreate: RegisterCommand = (group, { terminal }) => {
  group
    .command('create')
    .argument('<name>', 'name of the guest: 2 to 30 lower-case letters, digits and -')
    .description('make overlay, disk and vm-bhyve configuration of a guest; on any system, without root')
    .option('--out <dir>', 'folder for the files (default: the name of the guest)')
    .option('--config <file>', 'configuration with an [alpine] table (default: podbsd.toml)')
    .option('--iso <file>', 'ISO image that the guest will boot (default: chosen by install)')
    .option('--force', 'overwrite files that were edited; says which changes are lost')
    .option('--json', 'print the guest and its files as JSON')
    .option('--dry-run', 'say which files would be written')
    .addHelpText(
      'after',
      examples(
        ['podbsd alpine create docker', 'Make a guest "docker" with the defaults in ./docker'],
        [
          'podbsd alpine create web --config web.toml --out guests/web',
          'Take the [alpine] table of web.toml',
        ],
      ),
    )
    .action(async (name: string, options: Options) => {
      checkGuestName(name);
      const { config } = await loadConfig({ file: options.config });
      const input = {
        name,
        config: config.alpine,
        outDir: options.out ?? join('.', name),
        iso: options.iso,
        force: options.force,
      };
      if (options.dryRun === true) {
        const files = createdFiles(input);
        if (options.json === true) terminal.out(JSON.stringify({ files }, undefined, 2));
        else for (const file of files) terminal.out(`# write ${file}`);
        requireAll(`making the guest ${name}`, await createLacks(input));
        return;
      }
      const host = new LocalHost();
      if (options.force === true)
        for (const path of await lossesOf(host, input)) terminal.err(`Changes in ${path} are lost.`);
      const { guest, files } = await createGuest(host, input);
      if (options.json === true) {
        terminal.out(JSON.stringify({ guest, files }, undefined, 2));
        return;
      }
      for (const file of files) terminal.out(file);
      terminal.err(
        `Guest ${name} is made. On the FreeBSD host, as root: podbsd alpine install ${input.outDir}`,
      );
    });
};
