import { UsageError } from './command-line/read.ts';
import { podbsdAgent } from './commands/run-command.ts';
import { nameOf } from './freebsd/paths.ts';
import { shims } from './shims/shims.ts';
import { messageOf, type System } from './system/system.ts';

/**
 * The whole program: one of its commands, or one of the Linux commands when it is called by that name.
 *
 * @param argv the path it was called by, then the arguments. Answers the exit code.
 */
export function agent(system: System, argv: readonly [string, ...string[]]): number {
  const [path, ...args] = argv;
  const called = nameOf(path);
  const program = shims.find(({ name }) => name === called) ?? podbsdAgent;
  try {
    return program.run(system, args);
  } catch (error) {
    system.err(`${program.name}: ${messageOf(error)}\n`);
    if (!(error instanceof UsageError)) return 1;
    system.err(`${program.usage}\n`);
    return program.usageCode;
  }
}
