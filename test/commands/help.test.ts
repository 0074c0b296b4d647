import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/ground/errors.ts';
import { exitCodeMeanings } from '../../src/commands/reference/exit-codes.ts';
import { groupCommands, leafCommands } from '../support/program.ts';

/** What `podbsd COMMAND --help` prints. */
function helpOf(command: ReturnType<typeof leafCommands>[number][1]): string {
  let text = '';
  command.configureOutput({ writeOut: (written) => (text += written) });
  command.outputHelp();
  return text;
}

describe.each(leafCommands())('podbsd %s', (path, command) => {
  it('has a help text with an example of itself', () => {
    const help = helpOf(command);
    expect(command.description()).not.toBe('');
    expect(help).toContain('Examples:');
    expect(help).toContain(`$ podbsd ${path}`);
  });

  it('describes each of its options', () => {
    for (const option of command.options) expect(option.description, option.flags).not.toBe('');
  });
});

describe.each(groupCommands())('podbsd %s', (path, command) => {
  it('has a help text with an example of one of its commands', () => {
    expect(helpOf(command)).toContain(`$ podbsd ${path} `);
  });
});

describe('exit codes', () => {
  it('are all explained, in order', () => {
    const explained = exitCodeMeanings.map(([code]) => code);
    expect(explained).toEqual(Object.values(ExitCode).sort((a, b) => a - b));
  });
});
