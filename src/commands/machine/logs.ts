import { Option } from 'commander';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { exists } from '../../ground/exists.ts';
import { readText } from '../../ground/read-text.ts';
import { runInteractive } from '../../host/interactive.ts';
import { DEFAULT_MACHINE } from '../../machine/names.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { wholeNumber } from '../whole-number.ts';
import { findMachine, machineContext } from './context.ts';

interface Options {
  readonly follow?: boolean;
  readonly tail?: number;
  readonly vm?: boolean;
  readonly qemu?: boolean;
}

export const registerLogs: RegisterCommand = (group, { terminal }) => {
  group
    .command('logs')
    .argument('[name]', 'name of the machine', DEFAULT_MACHINE)
    .description("show what the guest has printed on its console since the machine's last start")
    .option('-f, --follow', 'keep printing new output; ctrl-C ends it')
    .option('--tail <lines>', 'only this many lines from the end', wholeNumber(1, 1e6))
    .option('--vm', 'the output of QEMU or bhyve itself instead')
    .addOption(new Option('--qemu', 'the old name of --vm').hideHelp())
    .addHelpText('after', examples(['podbsd machine logs --follow work', 'Watch the machine work boot']))
    .action(async (name: string, options: Options) => {
      const context = machineContext();
      const { paths } = await findMachine(context, name);
      const path = options.vm === true || options.qemu === true ? paths.vmLog : paths.console;
      if (!(await exists(path)))
        throw new PodbsdError({
          doing: `showing the log of ${name}`,
          problem: 'the machine was never started',
          remedy: `podbsd machine start ${name}`,
          exitCode: ExitCode.failed,
        });
      if (options.follow === true)
        process.exitCode = await runInteractive(['tail', '-n', String(options.tail ?? 100_000), '-F', path]);
      else terminal.out(lastLines((await readText(path)) ?? '', options.tail));
    });
};

function lastLines(text: string, count: number | undefined): string {
  const lines = text.trimEnd().split('\n');
  return (count === undefined ? lines : lines.slice(-count)).join('\n');
}
