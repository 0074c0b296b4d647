import type { Command } from 'commander';
import type { Wanted } from '../../src/commands/command.ts';
import { createProgram } from '../../src/commands/program.ts';
import type { Terminal } from '../../src/ground/terminal.ts';

/** A terminal that only collects. */
export function recordingTerminal(): Terminal & { readonly outLines: string[]; readonly errLines: string[] } {
  const outLines: string[] = [];
  const errLines: string[] = [];
  return {
    outLines,
    errLines,
    out: (line) => void outLines.push(line),
    err: (line) => void errLines.push(line),
    interactive: false,
    columns: 80,
    paint: (_style, text) => text,
  };
}

/** The command line of these words, or everything that it can be, for tests that look at it rather than run it. */
export function testProgram(wanted?: Wanted): Promise<Command> {
  return createProgram({ terminal: recordingTerminal(), signal: new AbortController().signal }, wanted);
}

const whole = await testProgram();

/** Every command that does something, with its path. */
export function leafCommands(command: Command = whole, path: readonly string[] = []): [string, Command][] {
  return command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== 'help')
    .flatMap((child): [string, Command][] =>
      child.commands.length > 0
        ? leafCommands(child, [...path, child.name()])
        : [[[...path, child.name()].join(' '), child]],
    );
}

/** Every command that only holds others, with its path. */
export function groupCommands(command: Command = whole, path: readonly string[] = []): [string, Command][] {
  return command.commands
    .filter((child) => child.commands.length > 0)
    .flatMap((child): [string, Command][] => {
      const childPath = [...path, child.name()];
      return [[childPath.join(' '), child], ...groupCommands(child, childPath)];
    });
}
