import { Option } from 'commander';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { requireAll } from '../../ground/lack/lack.ts';
import { formatArgv } from '../../ground/quote.ts';
import { startLacks } from '../../machine/lacks.ts';
import { DEFAULT_MACHINE } from '../../machine/names.ts';
import { machinePaths } from '../../machine/paths.ts';
import { providerNames, type ProviderName } from '../../machine/provider/names.ts';
import { plannedPrograms } from '../../machine/start.ts';
import { seconds } from '../whole-number.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { findMachine, machineContext } from './context.ts';
import { showStart, START_LIMIT } from './show-start.ts';

interface Options {
  readonly timeout: number;
  readonly quiet?: boolean;
  readonly info: boolean;
  readonly updateConnection?: boolean;
  readonly provider?: ProviderName;
  readonly dryRun?: boolean;
}

export const registerStart: RegisterCommand = (group, context) => {
  group
    .command('start')
    .argument('[name]', 'name of the machine', DEFAULT_MACHINE)
    .description('start a machine, wait until it can be used, and tell podman about it')
    .option('--timeout <seconds>', 'how long it may take', seconds, START_LIMIT)
    .option('-q, --quiet', 'print errors only')
    .addOption(new Option('--no-info', "podman's word: no hints how to go on").hideHelp())
    .option('-u, --update-connection', "make this machine podman's default")
    .addOption(
      new Option('--provider <name>', 'with --dry-run: whose command line to print').choices(providerNames),
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
      const { timeout, quiet = false, info, updateConnection = false } = options;
      if (options.dryRun !== true) {
        if (options.provider !== undefined) throw providerIsFixed(name);
        await showStart(machine, context, name, { timeout, quiet, info, makeDefault: updateConnection });
        return;
      }
      const found = await findMachine(machine, name);
      const { record } = found;
      const provider = options.provider ?? record.provider;
      const shown = {
        record: { ...record, provider },
        paths: machinePaths(machine.places, name, { provider }),
      };
      const programs = await plannedPrograms(shown, process.env);
      for (const argv of programs) context.terminal.out(formatArgv(argv));
      // Another provider's command line is for another host.
      if (options.provider === undefined) requireAll(`starting ${name}`, await startLacks(found));
    });
};

function providerIsFixed(name: string): PodbsdError {
  return new PodbsdError({
    doing: `starting ${name}`,
    problem: 'the provider of a machine is fixed when it is made: its disk has another format',
    remedy: 'leave --provider out, or make a machine with podbsd machine init --provider ...',
    exitCode: ExitCode.usage,
  });
}
