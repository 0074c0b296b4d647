import { Option } from 'commander';
import { examples, type RegisterCommand } from './command.ts';

interface Options {
  readonly config?: string;
  readonly reference?: boolean;
  /** For scripts that pass --json everywhere. */
  readonly json?: boolean;
}

export const registerConfig: RegisterCommand = (program, { terminal }) => {
  program
    .command('config')
    .description('check podbsd.toml and print the effective settings as JSON')
    .option('--config <file>', 'configuration (default: podbsd.toml, when there is one)')
    .option('--reference', 'print what every key means instead, as Markdown')
    .addOption(new Option('--json', 'print JSON, which is the default').conflicts('reference'))
    .addHelpText(
      'after',
      examples(
        ['podbsd config', 'See all settings with their defaults'],
        ['podbsd config --config lab.toml >/dev/null', 'Check a file'],
      ),
    )
    .action(async (options: Options) => {
      if (options.reference === true) {
        const { configReference } = await import('../config/reference.ts');
        terminal.out(configReference().trimEnd());
        return;
      }
      const { loadConfig } = await import('../config/load.ts');
      const { config } = await loadConfig({ file: options.config });
      terminal.out(JSON.stringify(config, undefined, 2));
    });
};
