import { helpOption, type Command, type Program } from '../command-line/command.ts';
import { helpOf, helpOfAll } from '../command-line/help.ts';
import { readCommandLine, UsageError } from '../command-line/read.ts';
import type { System } from '../system/system.ts';
import { commands } from './commands.ts';
import { machineOs } from './machine-os/machine-os.ts';

/** sysexits(3): the command cannot run here. */
const unavailable = 69;

/** podbsd-agent under its own name: the first word names the command. */
export const podbsdAgent: Program = {
  name: 'podbsd-agent',
  usage: 'See podbsd-agent --help.',
  usageCode: 2,
  run: (system, args) => {
    const [name, ...rest] = args;
    // Behind the podman command of the guest: its arguments, messages and exit codes are podman's.
    if (name === 'machine-os') return machineOs(system, rest);
    const command = commands.find((known) => known.name === name);
    if (command !== undefined) return runCommand(system, command, rest);
    if (name === undefined) throw new UsageError('a command is missing');
    const asksForHelp = ['help', ...helpOption.names].includes(name) && rest.length === 0;
    if (!asksForHelp) throw new UsageError(`there is no command ${JSON.stringify(args.join(' '))}`);
    system.out(helpOfAll(commands));
    return 0;
  },
};

function runCommand(system: System, command: Command, args: readonly string[]): number {
  const line = readCommandLine({ ...command, options: [...command.options, helpOption] }, args);
  if (line.has('--help')) {
    system.out(helpOf(command));
    return 0;
  }
  if (command.anywhere !== true && !isGuest(system)) {
    system.err(
      `podbsd-agent: ${command.name} changes the system that it runs on, and this is not a FreeBSD guest; ` +
        'podbsd-agent plan shows anywhere what it would do\n',
    );
    return unavailable;
  }
  return command.run(system, line);
}

/** Running `apply` on the host by mistake must not cost accounts or files. */
function isGuest(system: System): boolean {
  return system.platform === 'freebsd' || system.lstat('/usr/sbin/pw') !== undefined;
}
