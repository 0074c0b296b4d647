import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { DryRunHost } from '../host/dry-run.ts';
import type { Host } from '../host/host.ts';
import { LocalHost } from '../host/local.ts';
import { installAdvice, warnings } from '../podman/advice.ts';
import { inspectHost, missingParts, type Inspection } from '../podman/inspect.ts';
import { setUp, undo } from '../podman/setup.ts';
import { setupPaths, userFolders, type UserFolders } from '../podman/user-folders.ts';
import type { Terminal } from '../ground/terminal.ts';
import { examples, type RegisterCommand } from './command.ts';

interface Options {
  readonly undo?: boolean;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export const registerSetupPodman: RegisterCommand = (program, { terminal }) => {
  program
    .command('setup-podman')
    .description('prepare podman on this Linux host for FreeBSD machines, for the current user only')
    .option('--undo', 'remove everything that setup-podman has made')
    .option('--dry-run', 'look at everything, say what would be written, change nothing')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      `
Since 5.2 podman shares folders with its machines by virtio-fs, which FreeBSD has no driver for. This command puts two
small programs where podman looks first: one stands before QEMU and offers the same folders by 9P, the other stands in
for virtiofsd. Whether a machine is FreeBSD is decided by the partition table of its disk; the machines of other
systems are started with exactly the words that podman gave.
${examples(
  ['podbsd setup-podman', 'Once, before the first FreeBSD machine'],
  ['podbsd setup-podman --dry-run', 'See what is missing and what would be written'],
  ['podbsd setup-podman --undo', 'As if it had never been there'],
)}`,
    )
    .action(async (options: Options) => {
      refuseWhereUseless();
      const local = new LocalHost();
      const host = options.dryRun === true ? new DryRunHost((line) => terminal.err(line), local) : local;
      const folders = userFolders();
      if (options.undo === true) await reportUndo(host, folders, options, terminal);
      else await reportSetup(host, folders, options, terminal);
    });
};

function refuseWhereUseless(): void {
  const doing = 'preparing podman for FreeBSD machines';
  if (process.platform !== 'linux') {
    throw new PodbsdError({
      doing,
      problem: `podman machine runs QEMU on Linux hosts only; this is ${process.platform}`,
      remedy: 'on macOS use podbsd machine, which runs QEMU itself',
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

async function reportUndo(
  host: Host,
  folders: UserFolders,
  options: Options,
  terminal: Terminal,
): Promise<void> {
  const removed = await undo(host, folders);
  if (options.json === true) terminal.out(JSON.stringify({ removed }, undefined, 2));
  else if (removed.length === 0) terminal.out('There is nothing to undo.');
  else for (const path of removed) terminal.out(`${host.dryRun ? 'would remove' : 'removed'} ${path}`);
}

async function reportSetup(
  host: Host,
  folders: UserFolders,
  options: Options,
  terminal: Terminal,
): Promise<void> {
  const found = await inspectHost(host, { folders, env: process.env });
  const changed = await setUp(host, folders, found);
  const notes = warnings(found, process.env);
  const missing = missingParts(found);
  if (options.json === true) {
    const install = installAdvice(found);
    const { podman, qemu, qemuImg, gvproxy, virtiofsd, kvm } = found;
    const parts = { podman, qemu, qemuImg, gvproxy, virtiofsd, kvm };
    const result = { ...parts, missing, install, warnings: notes, changed };
    // What is missing is null: every key is always there.
    terminal.out(JSON.stringify(result, (_key, value: unknown) => value ?? null, 2));
  } else {
    for (const line of table(found)) terminal.out(line);
    for (const note of notes) terminal.err(`${terminal.paint('yellow', 'note:', 'err')} ${note}`);
    for (const path of changed) terminal.out(`${host.dryRun ? 'would write' : 'wrote'} ${path}`);
    if (changed.length === 0) terminal.out('podman is set up already; nothing was changed.');
    terminal.out(`Consoles of FreeBSD machines: ${setupPaths(folders).console}/NAME.log`);
  }
  if (missing.length > 0) throw incomplete(found);
}

function table({ podman, qemu, qemuImg, gvproxy, virtiofsd, kvm }: Inspection): string[] {
  const rows: [part: string, place: string | undefined, more?: string | undefined][] = [
    ['podman', podman?.path, podman?.version?.text],
    ['QEMU', qemu?.path, qemu?.version?.join('.')],
    ['qemu-img', qemuImg],
    ['gvproxy', gvproxy],
    ['virtiofsd', virtiofsd],
    ['KVM', kvm ? 'works' : 'cannot be used'],
  ];
  return rows.map(([part, place, more]) =>
    [part.padEnd(10), place ?? 'missing', more ?? ''].join(' ').trimEnd(),
  );
}

function incomplete(found: Inspection): PodbsdError {
  const install = installAdvice(found);
  return new PodbsdError({
    doing: 'looking for what podman machine needs',
    problem: `not installed: ${missingParts(found).join(', ')}`,
    remedy:
      install === undefined
        ? 'install what is missing, then run podbsd setup-podman again'
        : `${install} && podbsd setup-podman`,
    exitCode: ExitCode.host,
  });
}
