import type { Command } from 'commander';
import { ExitCode } from '../ground/errors.ts';
import type { ModalTerminal } from '../ground/modal-terminal.ts';
import type { Wanted } from './command.ts';
import { jsonMode } from './output-options.ts';

/** Says what is wrong with a command line, as its command was asked to print, and where the right words are listed. */
export function sayUsageError(
  program: Command,
  terminal: ModalTerminal,
  wanted: Wanted,
  message: string,
): void {
  const words = wanted === 'everything' || wanted === 'nothing' ? [] : wanted;
  const path = [program];
  for (const word of words) {
    const child = path
      .at(-1)
      ?.commands.find((command) => command.name() === word || command.aliases().includes(word));
    if (child === undefined) break;
    path.push(child);
  }
  const command = path.at(-1) ?? program;
  const name = path.map((each) => each.name()).join(' ');
  const lists = command.commands.length > 0 ? 'the commands' : 'its options';
  const before = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  const mode = before.includes('--json') ? jsonMode(command) : undefined;
  if (mode !== undefined) terminal.choose(mode);
  const problem = message.trim().replace(/^error: /, '');
  const remedy = `${name} --help lists ${lists}`;
  if (
    terminal.failure({
      doing: `reading the command line of ${name}`,
      problem,
      remedy,
      exitCode: ExitCode.usage,
    })
  )
    return;
  terminal.base.err(`error: ${problem}\n(${remedy})`);
}
