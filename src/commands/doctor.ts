import { InvalidArgumentError, Option } from 'commander';
import { examine, type Check, type Finding, type State } from '../doctor/check.ts';
import { ExitCode } from '../ground/errors.ts';
import type { Terminal } from '../ground/terminal.ts';
import { hostArchitecture, type Architecture } from '../vm/architecture.ts';
import { examples, type RegisterCommand } from './command.ts';
import { findingLines } from './show-finding.ts';
import { notice } from './notice.ts';

interface Options {
  readonly arch: Architecture;
  readonly publicKey?: string;
  readonly machine?: string;
  readonly identity?: string;
  readonly acceptNewHostKey?: true;
  readonly json?: true;
}

export const registerDoctor: RegisterCommand = (program, { terminal, signal }) => {
  program
    .command('doctor [image]')
    .description('check this host, an image or a running machine, and say how to fix what is wrong')
    .addOption(
      new Option('--arch <arch>', 'architecture of the image, where no manifest tells it')
        .choices(['amd64', 'arm64'])
        .default(hostArchitecture() ?? 'amd64', 'that of this machine'),
    )
    .option(
      '--public-key <file>',
      "with an image: check the export's signature with this minisign or OpenPGP key",
    )
    .option('--machine <name>', 'check a running machine: its name, or ssh://user@host:port', parseMachine)
    .option('--identity <file>', 'private key for --machine (default: that of the machine)')
    .option(
      '--accept-new-host-key',
      'with --machine ssh://...: trust a machine that is not in known_hosts yet',
    )
    .option('--json', 'print the findings as JSON')
    .addHelpText(
      'after',
      examples(
        ['podbsd doctor', 'Check whether this host can run FreeBSD machines'],
        [
          'podbsd doctor out/ --public-key release.pub',
          'Check what was exported: sums, signature, boot structure',
        ],
        [
          'podbsd doctor --machine podman-machine-default --json',
          "Check one of podman's machines, from a script",
        ],
        ['podbsd doctor --machine ssh://core@127.0.0.1:2222 --identity key', 'Any machine that SSH reaches'],
      ) + '\n\nNothing is changed. Exit code 0: nothing is wrong; 1: there is at least one problem.',
    )
    .action(async (image: string | undefined, options: Options) => {
      const show = (finding: Finding): void => {
        if (options.json === undefined)
          for (const line of findingLines(finding, terminal)) terminal.out(line);
      };
      const look = (checks: readonly Check[]): Promise<Finding[]> => examine(checks, show, { signal });
      const { machine, identity, publicKey } = options;

      const findings: Finding[] = [];
      // What was asked for by name; without that, this host.
      if (image !== undefined) {
        const { imageChecks } = await import('../doctor/image.ts');
        const key = publicKey === undefined ? {} : { publicKey };
        findings.push(
          ...(await look(await imageChecks({ path: image, architecture: options.arch, signal, ...key }))),
        );
      }
      if (machine !== undefined) {
        const { guestChecks } = await import('../doctor/guest.ts');
        const { withGuest } = await import('../doctor/machine.ts');
        const { machinePlaces } = await import('../machine/places.ts');
        const choice = {
          machine,
          acceptNewHostKey: options.acceptNewHostKey ?? false,
          onNotice: (text: string): void => notice(terminal, text),
          ...(identity === undefined ? {} : { identity }),
        };
        findings.push(...(await withGuest(machinePlaces(), choice, (guest) => look(guestChecks(guest)))));
      }
      if (image === undefined && machine === undefined) {
        const { hostChecks } = await import('../doctor/host.ts');
        const { LocalHost } = await import('../host/local.ts');
        const { userFolders } = await import('../podman/user-folders.ts');
        findings.push(...(await look(await hostChecks(new LocalHost(), userFolders(), process.env))));
      }
      conclude(findings, options.json === true, terminal);
    });
};

function conclude(findings: readonly Finding[], asJson: boolean, terminal: Terminal): void {
  const count = (state: State): number => findings.filter((finding) => finding.state === state).length;
  const problems = count('problem');
  if (asJson) {
    terminal.out(JSON.stringify({ healthy: problems === 0, findings }, undefined, 2));
  } else {
    terminal.out('');
    terminal.out(
      problems === 0
        ? `Nothing is wrong${count('warning') === 0 ? '' : `; warnings: ${count('warning')}`}.`
        : `Problems: ${problems}, warnings: ${count('warning')}.`,
    );
  }
  if (problems > 0) process.exitCode = ExitCode.failed;
}

function parseMachine(text: string): string {
  if (text === '') throw new InvalidArgumentError('a name or an ssh:// address');
  return text;
}
