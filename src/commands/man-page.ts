import type { Command } from 'commander';
import { ExitCode } from '../ground/errors.ts';

/** podbsd(1) in mdoc(7), made from the commands themselves. */
export function manPage(
  program: Command,
  version: string,
  exitCodes: readonly (readonly [number, string])[],
): string {
  return [
    // Without a date of its own: the same sources make the same page.
    '.Dd $Mdocdate$',
    '.Dt PODBSD 1',
    `.Os podbsd ${version}`,
    '.Sh NAME',
    '.Nm podbsd',
    `.Nd ${escape(program.description())}`,
    '.Sh SYNOPSIS',
    '.Nm',
    '.Ar command',
    '.Op Ar options',
    '.Sh DESCRIPTION',
    'The commands are:',
    '.Bl -tag -width Ds',
    ...leaves(program, []).flatMap(({ path, command }) => describe(path, command)),
    '.El',
    '.Sh ENVIRONMENT',
    '.Bl -tag -width Ds',
    '.It Ev NO_COLOR',
    'No colours, whatever the terminal can do.',
    '.It Ev PODBSD_DEBUG',
    'When it is 1, errors come with a stack trace.',
    '.El',
    '.Sh FILES',
    '.Bl -tag -width Ds',
    '.It Pa podbsd.toml',
    'The configuration, in the working directory.',
    '.El',
    '.Sh EXIT STATUS',
    '.Bl -tag -width Ds',
    ...exitCodes.flatMap(([code, meaning]) => [`.It ${code}`, escape(meaning)]),
    '.El',
    '.Sh SEE ALSO',
    '.Xr podman 1 ,',
    '.Xr qemu 1',
    '',
  ].join('\n');
}

/** What each exit code means, in the order of the numbers. */
export const exitCodeMeanings: readonly (readonly [number, string])[] = [
  [ExitCode.ok, 'Success.'],
  [ExitCode.failed, 'The work was done and the answer is no: a check failed, a machine is not running.'],
  [ExitCode.usage, 'The command line is wrong.'],
  [ExitCode.program, 'A program that podbsd ran has failed.'],
  [ExitCode.host, 'This host cannot do the work: operating system, missing program or permission.'],
  [ExitCode.locked, 'Another podbsd works on the same thing.'],
  [ExitCode.diskFull, 'No space left.'],
  [ExitCode.network, 'A network peer could not be reached or did not answer in time.'],
  [ExitCode.untrusted, 'A checksum, a signature or a host key is not the expected one.'],
  [ExitCode.notReady, 'A machine did not get ready in time.'],
  [ExitCode.portFailed, 'A port could not be built.'],
  [ExitCode.data, 'Input data is wrong: an image, an archive, an Ignition file.'],
  [ExitCode.internal, 'A bug in podbsd.'],
  [ExitCode.config, 'The configuration is wrong.'],
  [ExitCode.interrupted, 'Stopped by a signal.'],
];

interface Leaf {
  readonly path: readonly string[];
  readonly command: Command;
}

/** The commands that do something, not those that only hold others. */
function leaves(command: Command, path: readonly string[]): Leaf[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
    .flatMap((child) => {
      const childPath = [...path, child.name()];
      return child.commands.length > 0 ? leaves(child, childPath) : [{ path: childPath, command: child }];
    });
}

function describe(path: readonly string[], command: Command): string[] {
  const help = command.createHelp();
  const args = command.registeredArguments.map((argument) =>
    argument.required ? `Ar ${argument.name()}` : `Op Ar ${argument.name()}`,
  );
  const options = help.visibleOptions(command).filter((option) => option.long !== '--help');
  return [
    ['.It Ic', ...path, ...args].join(' '),
    sentence(escape(command.description())),
    ...(options.length === 0
      ? []
      : [
          '.Bl -tag -width Ds -compact',
          ...options.flatMap((option) => [
            `.It Li ${escape(option.flags)}`,
            sentence(escape(option.description)),
          ]),
          '.El',
        ]),
  ];
}

function sentence(text: string): string {
  return text === ''
    ? ''
    : `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
}

/** Text must not be taken for roff: backslashes, a dot or quote at the start, and one line only. */
function escape(text: string): string {
  const line = text
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-');
  return /^['.]/.test(line) ? `\\&${line}` : line;
}
