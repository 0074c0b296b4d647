#!/usr/bin/env node
import { Command } from 'commander';
import { podbsdVersion } from './assets.ts';
import { registerAlpine } from './commands/alpine.ts';
import { registerBuildImage } from './commands/build-image.ts';
import { registerStatus } from './commands/status.ts';
import { registerClean } from './commands/clean.ts';
import type { CommandContext, RegisterCommand } from './commands/command.ts';
import { registerExport } from './commands/export.ts';
import { registerOci } from './commands/oci.ts';
import { reportError } from './commands/report-error.ts';
import { ExitCode } from './errors.ts';
import { processTerminal } from './terminal.ts';

const commands: readonly RegisterCommand[] = [
  registerAlpine,
  registerBuildImage,
  registerExport,
  registerOci,
  registerStatus,
  registerClean,
];

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

  const program = new Command('podbsd')
    .description('FreeBSD machines for podman users, Linux machines for FreeBSD users')
    .version(podbsdVersion())
    .exitOverride()
    .configureHelp({ sortSubcommands: true })
    .showHelpAfterError('(podbsd --help lists the commands)');
  for (const register of commands) register(program, context);

  try {
    await program.parseAsync([...argv], { from: 'user' });
    return Number(process.exitCode ?? ExitCode.ok);
  } catch (error) {
    const exitCode = reportError(error, terminal);
    return received === undefined ? exitCode : ExitCode.interrupted;
  }
}

process.exitCode = await main(process.argv.slice(2));
