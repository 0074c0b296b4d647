import type { Command } from 'commander';
import { variables } from './environment.ts';
import { exitCodeMeanings } from './exit-codes.ts';
import { files } from './files.ts';

/** podbsd(1) in mdoc(7), made from the commands themselves and the tables of this folder. */
export function manPage(program: Command, version: string): string {
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
    'Makes images of FreeBSD for podman machine, runs machines of its own from them, and sets up guests of Alpine',
    'Linux on FreeBSD hosts.',
    'Each command explains itself with',
    '.Fl \\-help .',
    'The commands are:',
    ...leaves(program, []).flatMap(({ path, command }) => describe(path, command)),
    '.Sh ENVIRONMENT',
    ...list(variables.map(([name, meaning]) => [`Ev ${name}`, meaning])),
    '.Sh FILES',
    ...list(files.map(([path, meaning]) => [`Pa ${escape(path)}`, meaning])),
    '.Sh EXIT STATUS',
    ...list(exitCodeMeanings.map(([code, meaning]) => [String(code), meaning])),
    '.Sh SEE ALSO',
    '.Xr podman 1 ,',
    '.Xr qemu 1',
    '',
  ].join('\n');
}

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
  const args = command.registeredArguments.map(
    (argument) =>
      `${argument.required ? 'Ar' : 'Op Ar'} ${argument.name()}${argument.variadic ? ' ...' : ''}`,
  );
  const options = help.visibleOptions(command).filter((option) => option.long !== '--help');
  return [
    `.Ss podbsd ${path.join(' ')}`,
    ['.Ic', ...path, ...args].join(' '),
    '.Pp',
    sentence(escape(command.description())),
    ...list([
      ...help
        .visibleArguments(command)
        .filter(({ description }) => description !== '')
        .map((argument) => [`Ar ${escape(argument.name())}`, help.argumentDescription(argument)] as const),
      ...options.map((option) => [`Li ${escape(option.flags)}`, help.optionDescription(option)] as const),
    ]),
    ...literal(textAfterHelp(command)),
  ];
}

/** What a command's help ends with, its examples above all; commander hands it out with the whole help only. */
function textAfterHelp(command: Command): string {
  let text = '';
  const output = command.configureOutput();
  command.configureOutput({ ...output, writeOut: (written) => (text += written) });
  command.outputHelp();
  const options = command.helpInformation();
  command.configureOutput(output);
  return text.replace(options, '').trim();
}

function list(items: readonly (readonly [head: string, text: string])[]): string[] {
  if (items.length === 0) return [];
  const lines = items.flatMap(([head, text]) => [`.It ${head}`, sentence(escape(text))]);
  return ['.Bl -tag -width Ds', ...lines, '.El'];
}

function literal(text: string): string[] {
  if (text === '') return [];
  return ['.Bd -literal', ...text.split('\n').map(escape), '.Ed'];
}

/** Begins with a capital and ends with a full stop; mdoc(7) wants each further sentence on a line of its own. */
function sentence(text: string): string {
  if (text === '') return '';
  const whole = `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`;
  return whole.replaceAll(/([.!?]) (?=[A-Z])/g, '$1\n');
}

/** Text must not be taken for roff: backslashes, a dot or quote at the start, and one line only. */
function escape(text: string): string {
  const line = text
    .replaceAll(/\s*\n\s*/g, ' ')
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-');
  return /^['.]/.test(line) ? `\\&${line}` : line;
}
