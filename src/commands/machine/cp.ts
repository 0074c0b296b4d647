import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { formatArgv } from '../../ground/quote.ts';
import { runInteractive } from '../../host/interactive.ts';
import { scpArgv, type CopyPlace } from '../../machine/login.ts';
import { examples, type RegisterCommand } from '../command.ts';
import { findMachine, machineContext } from './context.ts';
import { requireRunning } from './require-running.ts';

export const registerCp: RegisterCommand = (group, { terminal }) => {
  group
    .command('cp')
    .argument('<source>', 'PATH here, or NAME:PATH in a machine')
    .argument('<destination>', 'the other of the two')
    .description('copy files or folders between this host and a machine')
    .option('-q, --quiet', 'print errors only')
    .option('--dry-run', 'print the command')
    .addHelpText(
      'after',
      examples(
        ['podbsd machine cp notes.txt work:/tmp/notes.txt', 'Into the machine work'],
        ['podbsd machine cp work:/var/log/podbsd.log .', 'Out of it'],
      ),
    )
    .action(async (source: string, destination: string, options: { quiet?: boolean; dryRun?: boolean }) => {
      const [from, to] = [parsePlace(source), parsePlace(destination)];
      const name = from.machine ?? to.machine;
      if (name === undefined || (from.machine !== undefined && to.machine !== undefined))
        throw new PodbsdError({
          doing: `copying ${source} to ${destination}`,
          problem: 'one of the two must be in a machine, and the other on this host',
          remedy: 'write the one in the machine as NAME:PATH',
          exitCode: ExitCode.usage,
        });
      const machine = await findMachine(machineContext(), name);
      const [scp, ...rest] = scpArgv(machine, from, to);
      const argv = [scp, ...(options.quiet === true ? ['-q'] : []), ...rest] as const;
      if (options.dryRun === true) {
        terminal.out(formatArgv(argv));
        return;
      }
      await requireRunning(machine, 'copying files with');
      process.exitCode = await runInteractive(argv);
    });
};

/** A path here that holds a colon is written with a slash in front of it, as for scp(1). */
function parsePlace(text: string): CopyPlace & { readonly machine?: string } {
  const [, machine, path] = /^([^/:]+):(.*)$/s.exec(text) ?? [];
  if (machine === undefined || path === undefined) return { path: text, inGuest: false };
  return { machine, path: path === '' ? '.' : path, inGuest: true };
}
