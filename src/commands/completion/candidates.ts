import type { Command, Option } from 'commander';

/**
 * What may follow on a command line: commands, options, and the values of an option that has choices. Empty where a
 * file name is expected; shells complete those themselves.
 *
 * @param words what stands on the line after `podbsd`; the last one is being typed and may be empty.
 */
export function completionCandidates(program: Command, words: readonly string[]): string[] {
  const [typed = '', ...before] = separated(words).reverse();
  let command = program;
  let awaiting: Option | undefined;
  for (const word of before.reverse()) {
    if (awaiting !== undefined) {
      awaiting = undefined;
      continue;
    }
    awaiting = command.options.find(
      (option) => takesValue(option) && [option.long, option.short].includes(word),
    );
    // `help` is followed by what may stand in its own place.
    if (word !== 'help' && !word.startsWith('-')) command = subcommand(command, word) ?? command;
  }
  const candidates = awaiting === undefined ? wordsOf(command, typed) : (awaiting.argChoices ?? []);
  const fitting = candidates.filter((candidate) => candidate.startsWith(typed));
  // A shell that has `--option=value` as one word replaces all of it.
  const option = /^(--[^=]+=)/.exec(words.at(-1) ?? '')?.[1] ?? '';
  return fitting.map((candidate) => `${option}${candidate}`);
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

function wordsOf(command: Command, typed: string): string[] {
  const options = command
    .createHelp()
    .visibleOptions(command)
    .flatMap((option) => option.long ?? []);
  const choices = command.registeredArguments.flatMap((argument) => argument.argChoices ?? []);
  const names = visibleCommands(command).map((known) => known.name());
  // Options only when one is begun: a first look at a command should show what it can do, not how.
  return typed.startsWith('-') ? options : [...names, ...choices];
}

function visibleCommands(command: Command): readonly Command[] {
  return command.createHelp().visibleCommands(command);
}
