import { dirname } from 'node:path';
import { examine, setUpAll, undoAll, type Check, type Finding } from '../doctor/check.ts';
import { openPodmanChecks } from '../doctor/podman/checks.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { requireAll } from '../ground/lack/lack.ts';
import { lackOfWriting } from '../ground/lack/writing.ts';
import { DryRunHost } from '../host/dry-run.ts';
import { LocalHost } from '../host/local.ts';
import { missingParts, partName, type Inspection } from '../podman/inspect.ts';
import { installAllAdvice } from '../ground/install-advice.ts';
import { linuxStandIns } from '../podman/linux/stand-ins.ts';
import { standInsOf } from '../podman/stand-ins-of.ts';
import { setupPaths, userFolders, type UserFolders } from '../podman/user-folders.ts';
import type { Terminal } from '../ground/terminal.ts';
import { examples, type RegisterCommand } from './command.ts';
import { findingLines } from './show-finding.ts';

interface Options {
  readonly undo?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export const registerSetupPodman: RegisterCommand = (program, { terminal }) => {
  program
    .command('setup-podman')
    .description('prepare podman on this host for FreeBSD machines, for the current user only')
    .option('--undo', 'remove everything that setup-podman has made')
    .option('--dry-run', 'look at everything, say what would be written, change nothing')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
${(standInsOf(process.platform) ?? linuxStandIns).purpose}
Whether a machine is FreeBSD is decided by the partition table of its disk; machines of other systems are started with
exactly the arguments that podman gave.
${examples(
  ['podbsd setup-podman', 'Once, before the first FreeBSD machine'],
  ['podbsd setup-podman --dry-run', 'See what is missing and what would be written'],
  ['podbsd setup-podman --undo', 'Remove everything again'],
)}`,
    )
    .action(async (options: Options) => {
      refuseWhereUseless();
      const local = new LocalHost();
      const host = options.dryRun === true ? new DryRunHost((line) => terminal.err(line), local) : local;
      const folders = userFolders();
      const opened = await openPodmanChecks(host, folders, process.env);
      if (options.undo === true) {
        await reportUndo(opened.checks, options, terminal);
        return;
      }
      const { dropIn, helpers } = setupPaths(folders);
      const writing = [await lackOfWriting(dirname(dropIn)), await lackOfWriting(dirname(helpers))];
      requireAll(doing, writing);
      await reportSetup(folders, opened, options, terminal);
    });
};

const doing = 'preparing podman for FreeBSD machines';

function refuseWhereUseless(): void {
  if (standInsOf(process.platform) === undefined) {
    throw new PodbsdError({
      doing,
      problem: `podbsd has nothing to set up for podman on this system, ${process.platform}`,
      remedy: 'use podbsd machine, which runs QEMU itself',
      exitCode: ExitCode.host,
    });
  }
  if (process.getuid?.() === 0) {
    throw new PodbsdError({
      doing,
      problem: 'podman refuses to run machines for root, and everything here is for one user',
      remedy: 'run it as the user who will run podman machine',
      exitCode: ExitCode.host,
    });
  }
}

async function reportUndo(checks: readonly Check[], options: Options, terminal: Terminal): Promise<void> {
  const removed = await undoAll(checks);
  if (options.json === true) terminal.out(JSON.stringify({ removed }, undefined, 2));
  else if (removed.length === 0) terminal.out('There is nothing to undo.');
  else
    for (const path of removed)
      terminal.out(`${options.dryRun === true ? 'would remove' : 'removed'} ${path}`);
}

/** Missing parts are reported and do not fail the command: the setup is complete and need not be repeated. */
async function reportSetup(
  folders: UserFolders,
  { found, checks }: { readonly found: Inspection; readonly checks: readonly Check[] },
  options: Options,
  terminal: Terminal,
): Promise<void> {
  const changed = await setUpAll(checks);
  // What was set up has just been reported, and a dry run has set up nothing.
  const others = checks.filter(({ setUp }) => setUp === undefined);
  const show = (finding: Finding): void => {
    if (options.json !== true) for (const line of findingLines(finding, terminal)) terminal.out(line);
  };
  const findings = await examine(others, show);
  const missing = missingParts(found);
  const install = installAllAdvice(missing, found);
  if (options.json === true) {
    const { podman, qemu, qemuImg, gvproxy, virtiofsd, kvm } = found;
    const parts = { podman, qemu, qemuImg, gvproxy: gvproxy?.path, virtiofsd, kvm };
    const warnings = findings.filter(({ state }) => state === 'warning' || state === 'problem').map(sentence);
    const result = { ...parts, missing: missing.map(partName), install, warnings, findings, changed };
    // A missing value is null: every key is always present.
    terminal.out(JSON.stringify(result, (_key, value: unknown) => value ?? null, 2));
    return;
  }
  for (const path of changed) terminal.out(`${options.dryRun === true ? 'would write' : 'wrote'} ${path}`);
  if (changed.length === 0) terminal.out('podman is set up already; nothing was changed.');
  const consoles = standInsOf(found.system)?.consoles(setupPaths(folders));
  if (consoles !== undefined) terminal.out(`Consoles of FreeBSD machines: ${consoles}`);
  if (missing.length > 0)
    terminal.err(
      `${terminal.paint('yellow', 'note:', 'err')} no machine starts before this is installed: ` +
        `${missing.map(partName).join(', ')}${install === undefined ? '' : ` (${install})`}`,
    );
}

function sentence({ title, finding, repair }: Finding): string {
  return `${title}: ${finding}${repair === undefined ? '' : ` (${repair})`}`;
}
