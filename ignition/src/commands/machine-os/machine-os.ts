import { readCommandLine, UsageError } from '../../command-line/read.ts';
import { messageOf, type System } from '../../system/system.ts';
import { applyVerb } from './apply.ts';
import { upgradeVerb } from './upgrade.ts';
import { help, usageOf, type Verb } from './verb.ts';

/** podman's exit code for its own errors. */
const failed = 125;

const verbs: readonly Verb[] = [applyVerb, upgradeVerb];

/**
 * `podman machine os ...` inside the guest, where `podman machine os apply IMAGE` (4.5 and later) and `podman machine os
 * upgrade` (6) on the host arrive over SSH. Words, messages and exit codes are those of podman's cmd/podman/machine/os.
 */
export function machineOs(system: System, args: readonly string[]): number {
  const [name, ...rest] = args;
  const verb = verbs.find((known) => known.name === name);
  try {
    if (verb !== undefined) return run(system, verb, rest);
    if (name !== undefined && help.names.includes(name) && rest.length === 0) {
      system.out(overview);
      return 0;
    }
    throw new UsageError(
      name === undefined
        ? "missing command 'podman machine os COMMAND'"
        : `unrecognized command \`podman machine os ${args.join(' ')}\``,
    );
  } catch (error) {
    system.err(`Error: ${wordsOf(error)}\n`);
    if (error instanceof UsageError) system.err(verb === undefined ? overview : usageOf(verb));
    return failed;
  }
}

function run(system: System, verb: Verb, args: readonly string[]): number {
  const line = readCommandLine({ ...verb, options: [...verb.options, help] }, args);
  if (line.has('--help')) {
    system.out(usageOf(verb));
    return 0;
  }
  return verb.run(system, line) === 0 ? 0 : failed;
}

function wordsOf(error: unknown): string {
  if (!(error instanceof UsageError) || error.unknownOption === undefined) return messageOf(error);
  const option = error.unknownOption;
  return option.startsWith('--')
    ? `unknown flag: ${option}`
    : `unknown shorthand flag: '${option.slice(1)}' in ${option}`;
}

const overview = `Manage a Podman virtual machine's OS

Description:
  Manage a Podman virtual machine's operating system

Usage:
  podman machine os [command]

Available Commands:
${verbs.map(({ name, summary }) => `  ${name.padEnd(11)} ${summary}\n`).join('')}`;
