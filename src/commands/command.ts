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
  /** The command line that these words are for, or everything that it can be, for commands about commands. */
  readonly commandLine: (wanted: Wanted) => Promise<Command>;
}

/**
 * Which commands are looked at, and so are loaded: those that the words on the command line are for, every one, or none.
 * Where words name no command, as `--help` and a misspelled one do, it is the commands of that level without what they
 * hold.
 */
export type Wanted = readonly string[] | 'everything' | 'nothing';

/**
 * Adds one command, its options, help text and examples to the program. Each file in this folder exports one. `wanted` is
 * for commands that hold others: of the words, those that follow the command's name.
 */
export type RegisterCommand = (
  program: Command,
  context: CommandContext,
  wanted: Wanted,
) => void | Promise<void>;

/** Commands by their names, each loaded when it is needed: most libraries serve a few of them only. */
export type CommandTable = Readonly<Record<string, () => Promise<RegisterCommand>>>;

/** Adds those commands of the table that are wanted. */
export async function registerFrom(
  table: CommandTable,
  program: Command,
  context: CommandContext,
  wanted: Wanted,
): Promise<void> {
  if (wanted === 'nothing') return;
  if (wanted === 'everything') {
    await registerAll(table, program, context, 'everything');
    return;
  }
  // `help` is followed by what may stand in its own place.
  const [name = '', ...rest] = wanted[0] === 'help' ? wanted.slice(1) : wanted;
  const named = Object.hasOwn(table, name) ? table[name] : undefined;
  if (named === undefined) {
    await registerAll(table, program, context, 'nothing');
    return;
  }
  const register = await named();
  await register(program, context, rest);
}

async function registerAll(
  table: CommandTable,
  program: Command,
  context: CommandContext,
  below: Wanted,
): Promise<void> {
  const all = await Promise.all(Object.values(table).map((load) => load()));
  for (const register of all) await register(program, context, below);
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

const groups = new WeakSet<Command>();

/** Whether it holds others, also where they are not loaded. */
export function isGroup(command: Command): boolean {
  return groups.has(command) || command.commands.length > 0;
}

/** `podbsd NAME ...`, with those of its commands that are wanted. */
export function commandGroup(name: string, { description, commands, shown }: CommandGroup): RegisterCommand {
  return async (program, context, wanted) => {
    const group = program
      .command(name)
      .description(description)
      // So that options after `ssh NAME COMMAND` belong to the command.
      .enablePositionalOptions()
      .configureHelp({ sortSubcommands: false })
      .addHelpText('after', examples(...shown));
    groups.add(group);
    await registerFrom(commands, group, context, wanted);
  };
}
