import type { Command, Option } from 'commander';

/**
 * What may follow on a command line: commands, options, and the values of an option that has choices. Empty where a
 * file name is expected; shells complete those themselves.
 *
 * @param words what stands on the line after `podbsd`; the last one is being typed and may be empty.
 */
export function completionCandidates(program: Command, words: readonly string[]): string[] {
  const typed = words.at(-1) ?? '';
  let command = program;
  let awaiting: Option | undefined;
  for (const word of words.slice(0, -1)) {
    if (awaiting !== undefined) {
      awaiting = undefined;
      continue;
    }
    awaiting = command.options.find(
      (option) => takesValue(option) && [option.long, option.short].includes(word),
    );
    command = word.startsWith('-') ? command : (subcommand(command, word) ?? command);
  }
  const candidates = awaiting === undefined ? wordsOf(command, typed) : (awaiting.argChoices ?? []);
  return candidates.filter((candidate) => candidate.startsWith(typed));
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
