#!/usr/bin/env node
import type { CommandContext } from './commands/command.ts';
import { createProgram } from './commands/program.ts';
import { reportError } from './commands/report-error.ts';
import { ExitCode } from './errors.ts';
import { processTerminal } from './terminal.ts';

/** Runs the command line and returns the exit code. Nothing below this function ends the process. */
async function main(argv: readonly string[]): Promise<number> {
  const terminal = processTerminal();
  const interruption = new AbortController();
  let received: NodeJS.Signals | undefined;
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      received ??= name;
      interruption.abort(new Error(`stopped by ${name}`));
    });
  }
  const context: CommandContext = { terminal, signal: interruption.signal };
  try {
    await createProgram(context).parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? ExitCode.ok);
  } catch (error) {
    const exitCode = reportError(error, terminal);
    return received === undefined ? exitCode : ExitCode.interrupted;
  }
}

process.exitCode = await main(process.argv.slice(2));
