import { Option } from 'commander';
import { formatArgv } from '../../host/format-argv.ts';
import { bhyveArgv } from '../../machine/bhyve.ts';
import { DEFAULT_MACHINE } from '../../machine/names.ts';
import { plannedPrograms } from '../../machine/start.ts';
import { seconds } from '../alpine/seconds.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { findMachine, machineContext } from './context.ts';
import { showStart, START_LIMIT } from './show-start.ts';

interface Options {
  readonly timeout: number;
  readonly quiet?: boolean;
  readonly updateConnection?: boolean;
  readonly provider: 'qemu' | 'bhyve';
  readonly dryRun?: boolean;
}

export const registerStart: RegisterCommand = (group, context) => {
  group
    .command('start')
    .argument('[name]', 'name of the machine', DEFAULT_MACHINE)
    .description('start a machine, wait until it can be used, and tell podman about it')
    .option('--timeout <seconds>', 'how long it may take', seconds, START_LIMIT)
    .option('-q, --quiet', 'say nothing unless it fails')
    .option('-u, --update-connection', 'use this machine whenever podman is given no other')
    .addOption(
      new Option('--provider <name>', 'with --dry-run: whose command line to print')
        .choices(['qemu', 'bhyve'])
        .default('qemu'),
    )
    .option('--dry-run', 'print the programs that would be started')
    .addHelpText(
      'after',
      examples(
        ['podbsd machine start', 'Start the default machine'],
        ['podbsd machine start --dry-run --provider bhyve', 'How bhyve would run it on a FreeBSD host'],
      ),
    )
    .action(async (name: string, options: Options) => {
      const machine = machineContext();
      const { timeout, quiet = false, updateConnection = false } = options;
      if (options.dryRun !== true) {
        await showStart(machine, context, name, { timeout, quiet, makeDefault: updateConnection });
        return;
      }
      const found = await findMachine(machine, name);
      const programs =
        options.provider === 'bhyve'
          ? [bhyveArgv(found)]
          : await plannedPrograms(machine.host, found, process.env);
      for (const argv of programs) context.terminal.out(formatArgv(argv));
    });
};
