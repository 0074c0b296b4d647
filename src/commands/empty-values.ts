import type { Command } from 'commander';
import { ExitCode, PodbsdError } from '../ground/errors.ts';

/** How the help of a command names what is a path. */
const PATH = /<(file|dir|layout|key)(\.\.\.)?>/;

/**
 * Refuses an empty path. It is what a variable leaves that was never set (`--out "$OUT"`), and to the system it would be
 * the current folder, or no file at all.
 * @throws PodbsdError that names the option.
 */
export function expectPaths(command: Command): void {
  for (const option of command.options)
    if (PATH.test(option.flags) && isEmpty(command.getOptionValue(option.attributeName())))
      throw empty(`option ${option.flags}`);
  for (const [index, argument] of command.registeredArguments.entries())
    if (isPathName(argument.name()) && isEmpty(command.processedArgs[index]))
      throw empty(`argument <${argument.name()}>`);
}

function isPathName(name: string): boolean {
  return PATH.test(`<${name}>`) || name === 'image';
}

function isEmpty(value: unknown): boolean {
  return value === '' || (Array.isArray(value) && value.includes(''));
}

function empty(what: string): PodbsdError {
  return new PodbsdError({
    doing: 'reading the command line',
    problem: `the ${what} is empty`,
    remedy: 'name a path; a variable in the command line may not be set',
    exitCode: ExitCode.usage,
  });
}
