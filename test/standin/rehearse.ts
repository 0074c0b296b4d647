#!/usr/bin/env node
import { Command, CommanderError, Option } from 'commander';
import { reportError } from '../../src/commands/report-error.ts';
import { ExitCode } from '../../src/ground/errors.ts';
import { processTerminal, type Terminal } from '../../src/ground/terminal.ts';
import type { CheckResult } from '../../src/vm/verify/check.ts';
import { formatResult } from '../../src/vm/verify/format.ts';
import { amd64, arm64 } from './processor.ts';
import { DEFAULT_CONFIG, rehearse } from './rehearsal.ts';
import { requireRehearsalTools } from './requirements.ts';

/** By the names of their architectures. */
const processors = { amd64, arm64 } as const;

interface Options {
  readonly arch: keyof typeof processors;
  readonly config: string;
  readonly json?: true;
  readonly keep?: true;
}

const help = `
What happens:
  A guest made of Debian's kernel, sshd and podbsd's agent boots in QEMU with the devices of a podman machine and the
  Ignition config. The agent provisions it; then everything is checked that podman will need. FreeBSD is not involved:
  small doubles take the place of its commands.

Examples:
  Rehearse with a recorded config of podman 4.3.1
    $ npm run rehearse
  Rehearse with the config of a machine of your own
    $ npm run rehearse -- --config ~/.config/containers/podman/machine/qemu/podman-machine-default.ign`;

async function run(options: Options, terminal: Terminal, signal: AbortSignal): Promise<number> {
  const processor = processors[options.arch];
  await requireRehearsalTools(processor, (line) => terminal.err(line));
  const show = (result: CheckResult): void => {
    if (options.json === undefined) terminal.out(formatResult(result, terminal));
  };
  const rehearsal = await rehearse({
    config: options.config,
    processor,
    keep: options.keep === true,
    onResult: show,
    signal,
  });
  const missed = rehearsal.results.filter((result) => result.state !== 'passed');
  if (options.json === true) terminal.out(JSON.stringify(rehearsal, null, 2));
  else {
    if (missed.length > 0) terminal.err(`\nThe guest's console:\n${rehearsal.console}`);
    if (rehearsal.folder !== undefined) terminal.out(`kept: ${rehearsal.folder}`);
  }
  return missed.length === 0 ? ExitCode.ok : ExitCode.failed;
}

async function main(): Promise<number> {
  const terminal = processTerminal();
  const interruption = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.on(name, () => interruption.abort(new Error(`stopped by ${name}`)));
  let exitCode: number = ExitCode.ok;
  const program = new Command('npm run rehearse --')
    .description('Boot a podman machine with a stand-in for FreeBSD and check all that podman expects of it.')
    .option(
      '--config <file>',
      "Ignition file as podman writes it; its keys are replaced by the rehearsal's",
      DEFAULT_CONFIG,
    )
    .addOption(
      new Option('--arch <arch>', 'what the guest is made for; arm64 is emulated on an amd64 host')
        .choices(Object.keys(processors))
        .default('amd64'),
    )
    .option('--keep', 'leave console log, config and initramfs in a folder, and print its name')
    .option('--json', 'print the results as JSON')
    .addHelpText('after', help)
    .exitOverride()
    .action(async (options: Options) => {
      exitCode = await run(options, terminal, interruption.signal);
    });
  try {
    await program.parseAsync();
    return exitCode;
  } catch (error) {
    if (interruption.signal.aborted && !(error instanceof CommanderError)) {
      terminal.err('stopped; nothing is left running');
      return ExitCode.interrupted;
    }
    return reportError(error, terminal);
  }
}

process.exitCode = await main();
