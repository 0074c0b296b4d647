import type { Command, Option } from 'commander';
import { namesFor } from './names.ts';

/**
 * What may follow on a command line: commands, options, the values of an option or argument that has choices, and the
 * names of machines and guests. Empty where a file name is expected; shells complete those themselves.
 *
 * @param words the words after `podbsd`; the last one is being typed and may be empty.
 */
export async function completionCandidates(program: Command, words: readonly string[]): Promise<string[]> {
  const separate = separated(words);
  const typed = separate.at(-1) ?? '';
  const position = read(program, separate.slice(0, -1));
  const fitting = (await wordsAt(position, typed)).filter((candidate) => candidate.startsWith(typed));
  // A shell that has `--option=value` as one word replaces all of it.
  const option = /^(--[^=]+=)/.exec(words.at(-1) ?? '')?.[1] ?? '';
  return fitting.map((candidate) => `${option}${candidate}`);
}

/** Where on the command line the next word is. */
interface Position {
  readonly command: Command;
  /** The names of the commands so far. */
  readonly path: readonly string[];
  /** The option whose value comes next. */
  readonly awaiting: Option | undefined;
  /** How many arguments the command has so far. */
  readonly given: number;
}

function read(program: Command, words: readonly string[]): Position {
  let position: Position = { command: program, path: [], awaiting: undefined, given: 0 };
  for (const word of words) position = after(position, word);
  return position;
}

function after(position: Position, word: string): Position {
  const { command, path, awaiting, given } = position;
  if (awaiting !== undefined) return { ...position, awaiting: undefined };
  const option = command.options.find(({ long, short }) => [long, short].includes(word));
  if (option !== undefined) return { ...position, awaiting: takesValue(option) ? option : undefined };
  // `help` is followed by what may stand in its own place.
  if (word === 'help' || word.startsWith('-')) return position;
  const next = subcommand(command, word);
  if (next !== undefined)
    return { command: next, path: [...path, next.name()], awaiting: undefined, given: 0 };
  return { ...position, given: given + 1 };
}

async function wordsAt(
  { command, path, awaiting, given }: Position,
  typed: string,
): Promise<readonly string[]> {
  if (awaiting !== undefined)
    return awaiting.argChoices ?? (await namesFor([...path, awaiting.long].join(' ')));
  // Options only once a dash is typed: before that, subcommands and names are more useful.
  if (typed.startsWith('-')) return optionsOf(command);
  const { registeredArguments } = command;
  const last = registeredArguments.at(-1);
  const argument = registeredArguments[given] ?? (last?.variadic === true ? last : undefined);
  const names =
    argument === undefined
      ? []
      : (argument.argChoices ?? (await namesFor([...path, argument.name()].join(' '))));
  return [...visibleCommands(command).map((known) => known.name()), ...names];
}

/** `--option=value` is one word in zsh and fish, three in bash. Here it is two. */
function separated(words: readonly string[]): string[] {
  return words.flatMap((word, index) => {
    const last = index === words.length - 1;
    if (word === '=' && words[index - 1]?.startsWith('--') === true) return last ? [''] : [];
    const joined = /^(--[^=]+)=(.*)$/s.exec(word);
    return joined === null ? [word] : [joined[1] ?? '', joined[2] ?? ''];
  });
}

function takesValue(option: Option): boolean {
  return option.required || option.optional;
}

function subcommand(command: Command, word: string): Command | undefined {
  return visibleCommands(command).find((known) => known.name() === word || known.aliases().includes(word));
}

function optionsOf(command: Command): string[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .flatMap((option) => option.long ?? []);
}

function visibleCommands(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command);
}
