import { fetchIso } from '../../alpine/release/fetch.ts';
import { ALPINE_ARCH } from '../../alpine/release/fetch.ts';
import { indexUrl } from '../../alpine/release/index.ts';
import { isoFolder } from '../../alpine/release/store.ts';
import { loadConfig } from '../../config/load.ts';
import { LocalHost } from '../../host/local.ts';
import { transferProgress } from '../../pipeline/transfer-progress.ts';
import { showSteps } from '../steps.ts';
import { examples, type RegisterCommand } from '../command.ts';

interface Options {
  readonly dir?: string;
  readonly config?: string;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

export const registerFetch: RegisterCommand = (group, { terminal, signal }) => {
  group
    .command('fetch')
    .description('download the latest alpine-virt ISO image and verify its checksum and signature')
    .option('--dir <dir>', 'folder for the image (default: podbsd/alpine in the cache folder)')
    .option('--config <file>', 'configuration with an [alpine] table (default: podbsd.toml)')
    .option('--json', 'print the result as JSON')
    .option('--dry-run', 'say what would be downloaded from where')
    .addHelpText(
      'after',
      examples(
        ['podbsd alpine fetch', 'Download or confirm the latest release'],
        ['podbsd alpine fetch --dir /vm/.iso --json', 'Into a folder of choice, for a script'],
      ),
    )
    .action(async (options: Options) => {
      const { config } = await loadConfig({ file: options.config });
      const { mirror, branch } = config.alpine;
      const folder = options.dir ?? isoFolder();
      if (options.dryRun === true) {
        const index = indexUrl(mirror, branch, ALPINE_ARCH);
        if (options.json === true) terminal.out(JSON.stringify({ index, folder }, undefined, 2));
        else terminal.out(`# download the alpine-virt image named in ${index}\n# write it to ${folder}`);
        return;
      }
      const steps = showSteps(terminal);
      const onProgress = transferProgress(steps, 'downloading');
      const wanted = { mirror, branch, folder, signal, onProgress };
      const fetched = await fetchIso(new LocalHost(), wanted).finally(() => steps.end());
      if (options.json === true) terminal.out(JSON.stringify(fetched, undefined, 2));
      else terminal.out(fetched.path);
      const state = fetched.unchanged ? 'was there already' : 'is new';
      terminal.err(`Alpine ${fetched.version} ${state}; checksum and signature are right.`);
    });
};
