import type { Command } from 'commander';
import type { Terminal } from '../ground/terminal.ts';

/** What the program gets from whoever runs it. */
export interface ProgramContext {
  readonly terminal: Terminal;
  /** Aborted by the first SIGINT or SIGTERM, or when the terminal is closed. */
  readonly signal: AbortSignal;
}

/** What every command gets from the program around it. */
export interface CommandContext extends ProgramContext {
  /** The command line that these words are for, for commands about commands; without words all of it. */
  readonly commandLine: (words: readonly string[]) => Promise<Command>;
}

/**
 * Adds one command, its options, help text and examples to the program. Each file in this folder exports one. `words` is
 * what follows the command's name on the command line, for commands that hold others.
 */
export type RegisterCommand = (
  program: Command,
  context: CommandContext,
  words: readonly string[],
) => void | Promise<void>;

/** Commands by their names, each loaded when it is needed: most libraries serve a few of them only. */
export type CommandTable = Readonly<Record<string, () => Promise<RegisterCommand>>>;

/** Adds the command that the words begin with; all of them, where the words begin with anything else. */
export async function registerFrom(
  table: CommandTable,
  program: Command,
  context: CommandContext,
  [name = '', ...rest]: readonly string[],
): Promise<void> {
  const named = Object.hasOwn(table, name) ? table[name] : undefined;
  if (named !== undefined) {
    const register = await named();
    await register(program, context, rest);
    return;
  }
  const all = await Promise.all(Object.values(table).map((load) => load()));
  for (const register of all) await register(program, context, []);
}

/** The `Examples:` part of a command's help. Each example is a command line and what it does. */
export function examples(...pairs: readonly (readonly [line: string, what: string])[]): string {
  const shown = pairs.map(([line, what]) => `  ${what}\n    $ ${line}`);
  return `\nExamples:\n${shown.join('\n')}`;
}

/** A command that holds others. */
export interface CommandGroup {
  readonly description: string;
  /** In the order in which its help shows them. */
  readonly commands: CommandTable;
  readonly shown: readonly (readonly [line: string, what: string])[];
}

/** `podbsd NAME ...`: of its commands the one that the words name, or all. */
export function commandGroup(name: string, { description, commands, shown }: CommandGroup): RegisterCommand {
  return async (program, context, words) => {
    const group = program
      .command(name)
      .description(description)
      // So that options after `ssh NAME COMMAND` belong to the command.
      .enablePositionalOptions()
      .configureHelp({ sortSubcommands: false })
      .addHelpText('after', examples(...shown));
    await registerFrom(commands, group, context, words);
  };
}
