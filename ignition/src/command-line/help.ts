import { helpOption, type Command } from './command.ts';
import type { Option } from './read.ts';

/** The help of the whole program. */
export function helpOfAll(commands: readonly Command[]): string {
  const shown = commands.filter(({ hidden }) => hidden !== true);
  const width = Math.max(...shown.map(({ name }) => name.length)) + 2;
  return `podbsd-agent makes a FreeBSD guest what podman machine expects.

Usage: podbsd-agent COMMAND [OPTIONS]

${shown.map(({ name, summary }) => `  ${name.padEnd(width)}${summary}\n`).join('')}
podbsd-agent COMMAND --help tells more, with examples.
`;
}

/** The help of one command. */
export function helpOf(command: Command): string {
  const { name, options, needs = [], summary, details, examples } = command;
  const words = [...options.filter(({ what }) => what !== undefined).map(usageOf), ...needs];
  return [
    `Usage: ${['podbsd-agent', name, ...words].join(' ')}\n`,
    `${summary}.`,
    ...(details === '' ? [] : [details]),
    `\nOptions:\n${optionList([...options, helpOption])}`,
    `${examples.length === 1 ? 'Example' : 'Examples'}:\n${examples.map((line) => `  ${line}\n`).join('')}`,
  ].join('\n');
}

/** The options that have a help text, one a line, in columns. */
export function optionList(options: readonly Option[]): string {
  const rows = options.flatMap((option) => {
    if (option.what === undefined) return [];
    const value = option.value === undefined ? '' : ` ${option.value}`;
    return [[`${[...option.names].reverse().join(', ')}${value}`, option.what] as const];
  });
  const width = Math.max(...rows.map(([left]) => left.length)) + 3;
  return rows.map(([left, what]) => `  ${left.padEnd(width)}${what}\n`).join('');
}

function usageOf({ names: [name], value, needed }: Option): string {
  const word = value === undefined ? name : `${name} ${value}`;
  return needed === true ? word : `[${word}]`;
}
