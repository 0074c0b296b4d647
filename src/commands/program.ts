import { Command } from 'commander';
import { podbsdVersion } from '../ground/assets.ts';
import { registerAlpine } from './alpine.ts';
import { registerBake } from './bake.ts';
import { registerBuildImage } from './build-image.ts';
import { registerClean } from './clean.ts';
import type { CommandContext, RegisterCommand } from './command.ts';
import { registerCompletion } from './completion.ts';
import { registerConfig } from './config.ts';
import { registerDoctor } from './doctor.ts';
import { registerExport } from './export.ts';
import { registerImage } from './image.ts';
import { registerMachine } from './machine.ts';
import { exitCodeMeanings } from './reference/exit-codes.ts';
import { registerMan } from './man.ts';
import { registerOci } from './oci.ts';
import { registerSetupPodman } from './setup-podman.ts';
import { registerStatus } from './status.ts';
import { registerVerify } from './verify.ts';

/** Every command, in alphabetical order. */
const commands: readonly RegisterCommand[] = [
  registerAlpine,
  registerBake,
  registerBuildImage,
  registerClean,
  registerCompletion,
  registerConfig,
  registerDoctor,
  registerExport,
  registerImage,
  registerMachine,
  registerMan,
  registerOci,
  registerSetupPodman,
  registerStatus,
  registerVerify,
];

/** The whole command line, ready to parse. Errors are thrown; nothing ends the process. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('podbsd')
    .description('FreeBSD machines for podman users, Linux machines for FreeBSD users')
    .version(podbsdVersion())
    // So that options after `ssh NAME COMMAND` belong to the command.
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ sortSubcommands: true })
    .showHelpAfterError('(podbsd --help lists the commands)')
    .addHelpText('after', () => `\nExit codes:\n${exitCodeMeanings.map(exitCodeLine).join('\n')}`);
  for (const register of commands) register(program, context);
  return program;
}

function exitCodeLine([code, meaning]: readonly [number, string]): string {
  return `  ${String(code).padStart(3)}  ${meaning}`;
}
