import { Option, type Command } from 'commander';
import { ModalTerminal, type OutputMode } from '../ground/modal-terminal.ts';
import { isGroup } from './command.ts';
import { expectPaths } from './empty-values.ts';

/**
 * Commands whose whole purpose is what they print, or another program's terminal: there is nothing to be quiet about, and
 * `image list` and `machine list` use the word for the names alone.
 */
const speaking: ReadonlySet<string> = new Set([
  'alpine console',
  'alpine overlay cat',
  'alpine overlay ls',
  'alpine ssh',
  'alpine status',
  'bake',
  'completion',
  'config',
  'image list',
  'image path',
  'machine console',
  'machine inspect',
  'machine list',
  'machine logs',
  'machine ssh',
  'man',
  'status',
]);

/** Commands that hand a terminal or bytes through, or print a file in a format of its own. */
const withoutJson: ReadonlySet<string> = new Set([
  'alpine console',
  'alpine overlay cat',
  'alpine ssh',
  'bake',
  'completion',
  'machine console',
  'machine cp',
  'machine logs',
  'machine ssh',
  'man',
]);

/** What is said of the option where a command has not defined it itself: there is no result but what happens. */
const LINES = 'print what happens as lines of JSON';

/** How a command prints with `--json`; undefined where it does not know the option. */
export function jsonMode(command: Command): OutputMode | undefined {
  const option = command.options.find(({ long }) => long === '--json');
  if (option === undefined) return undefined;
  return option.description === LINES ? 'json-lines' : 'json';
}

/** Gives every command `--quiet` and `--json` where they make sense, unless it has defined them itself. */
export function addOutputOptions(program: Command, terminal: ModalTerminal): void {
  for (const [path, command] of leaves(program)) {
    const has = (name: string): boolean => command.options.some(({ long }) => long === name);
    const ownJson = has('--json');
    if (!speaking.has(path) && !has('--quiet'))
      command.addOption(new Option('-q, --quiet', 'print errors only'));
    if (!withoutJson.has(path) && !ownJson) command.addOption(new Option('--json', LINES));
    command.hook('preAction', (_program, action) => {
      const { quiet, json } = action.opts<{ quiet?: boolean; json?: boolean }>();
      terminal.choose(modeOf(path, { quiet, json, ownJson }));
      expectPaths(action);
    });
  }
}

function modeOf(
  path: string,
  given: {
    readonly quiet?: boolean | undefined;
    readonly json?: boolean | undefined;
    readonly ownJson: boolean;
  },
): OutputMode {
  if (given.json === true) return given.ownJson ? 'json' : 'json-lines';
  return given.quiet === true && !speaking.has(path) ? 'quiet' : 'plain';
}

function leaves(command: Command, path: readonly string[] = []): [string, Command][] {
  return command.commands
    .filter((child) => child.name() !== 'help' && !child.name().startsWith('__'))
    .flatMap((child): [string, Command][] =>
      isGroup(child) ? leaves(child, [...path, child.name()]) : [[[...path, child.name()].join(' '), child]],
    );
}
