import { Command } from 'commander';
import { podbsdVersion } from '../ground/assets.ts';
import { ModalTerminal } from '../ground/modal-terminal.ts';
import type { Terminal } from '../ground/terminal.ts';
import { registerFrom, type CommandTable, type ProgramContext, type Wanted } from './command.ts';
import { addOutputOptions } from './output-options.ts';
import { sayUsageError } from './usage-error.ts';
import { exitCodeMeanings } from './reference/exit-codes.ts';

/** Every command, in alphabetical order. */
const commands: CommandTable = {
  alpine: async () => (await import('./alpine.ts')).registerAlpine,
  bake: async () => (await import('./bake.ts')).registerBake,
  'build-image': async () => (await import('./build-image.ts')).registerBuildImage,
  clean: async () => (await import('./clean.ts')).registerClean,
  __complete: async () => (await import('./completion.ts')).registerCandidates,
  completion: async () => (await import('./completion.ts')).registerCompletion,
  config: async () => (await import('./config.ts')).registerConfig,
  doctor: async () => (await import('./doctor.ts')).registerDoctor,
  export: async () => (await import('./export.ts')).registerExport,
  image: async () => (await import('./image.ts')).registerImage,
  machine: async () => (await import('./machine.ts')).registerMachine,
  man: async () => (await import('./man.ts')).registerMan,
  oci: async () => (await import('./oci.ts')).registerOci,
  'setup-podman': async () => (await import('./setup-podman.ts')).registerSetupPodman,
  status: async () => (await import('./status.ts')).registerStatus,
  verify: async () => (await import('./verify.ts')).registerVerify,
};

/** The command line, ready to parse the words that are wanted. Errors are thrown; nothing ends the process. */
export async function createProgram(
  context: ProgramContext,
  wanted: Wanted = 'everything',
): Promise<Command> {
  const terminal = modal(context.terminal);
  const program = new Command('podbsd')
    .description('FreeBSD machines for podman users, Linux machines for FreeBSD users')
    .version(podbsdVersion())
    // So that options after `ssh NAME COMMAND` belong to the command.
    .enablePositionalOptions()
    .exitOverride()
    .configureHelp({ sortSubcommands: true })
    .configureOutput({
      outputError: (message) => {
        sayUsageError(program, terminal, wanted, message);
      },
    })
    .addHelpText('after', () => `\nExit codes:\n${exitCodeMeanings.map(exitCodeLine).join('\n')}`);
  const commandLine = (other: Wanted): Promise<Command> => createProgram(context, other);
  // Which version it is, no command has to say.
  const versionAlone = wanted[0] === '--version' || wanted[0] === '-V';
  await registerFrom(
    commands,
    program,
    { ...context, terminal, commandLine },
    versionAlone ? 'nothing' : wanted,
  );
  addOutputOptions(program, terminal);
  return program;
}

/** The same terminal each time: whoever reports an error has to know how the command was asked to print. */
function modal(terminal: Terminal): ModalTerminal {
  return terminal instanceof ModalTerminal ? terminal : new ModalTerminal(terminal);
}

function exitCodeLine([code, meaning]: readonly [number, string]): string {
  return `  ${String(code).padStart(3)}  ${meaning}`;
}
