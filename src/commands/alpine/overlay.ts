import { lstat, readFile, readlink } from 'node:fs/promises';
import type { Command } from 'commander';
import { formatProblem, type OverlayProblem } from '../../alpine/overlay/check.ts';
import { addEntries, findEntry, overlayPath, removeEntries } from '../../alpine/overlay/edit.ts';
import { directory, file, formatMode, link, visible, type OverlayEntry } from '../../alpine/overlay/entry.ts';
import { openOverlay, type OverlayFile } from '../../alpine/overlay/file.ts';
import { importOverlay } from '../../alpine/overlay/import.ts';
import { complete, packOverlay } from '../../alpine/overlay/pack.ts';
import { repairOverlay } from '../../alpine/overlay/repair.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { LocalHost } from '../../host/local.ts';
import { examples, type CommandContext, type RegisterCommand } from '../command.ts';

/** `podbsd alpine overlay ls|cat|add|rm|check`: overlays without booting, mounting or root. */
export const registerOverlay: RegisterCommand = (group, context) => {
  const overlay = group
    .command('overlay')
    .description(
      "look into a guest's overlay and change it; FILE is NAME.apkovl.tar.gz or the disk apkovl.img",
    )
    .addHelpText(
      'after',
      examples(
        ['podbsd alpine overlay ls docker/docker.apkovl.tar.gz', 'See what it puts into the guest'],
        ['podbsd alpine overlay check docker/apkovl.img', 'Find what would keep the guest from booting'],
      ),
    );
  ls(overlay, context);
  cat(overlay, context);
  add(overlay, context);
  rm(overlay, context);
  check(overlay, context);
};

function ls(overlay: Command, { terminal }: CommandContext): void {
  overlay
    .command('ls')
    .argument('<file>')
    .description('list what an overlay holds')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      examples(['podbsd alpine overlay ls docker/apkovl.img', 'List the overlay on a disk']),
    )
    .action(async (path: string, options: { json?: boolean }) => {
      const { overlay } = await openOverlay(new LocalHost(), path);
      const entries = complete(overlay.entries);
      if (options.json === true) terminal.out(JSON.stringify(entries.map(describe), undefined, 2));
      else for (const entry of entries) terminal.out(listing(entry));
    });
}

function cat(overlay: Command, { terminal }: CommandContext): void {
  overlay
    .command('cat')
    .argument('<file>')
    .argument('<path>')
    .description('print a file of an overlay')
    .addHelpText(
      'after',
      examples(['podbsd alpine overlay cat docker/apkovl.img /etc/fstab', 'Print its fstab']),
    )
    .action(async (path: string, wanted: string) => {
      const { overlay } = await openOverlay(new LocalHost(), path);
      const entry = findEntry(overlay.entries, overlayPath(wanted), path);
      if (entry.type === 'file') await write(entry.content);
      else if (entry.type === 'symlink') terminal.err(visible(`${wanted} is a link to ${entry.target}`));
      else terminal.err(`${wanted} is a folder`);
      if (entry.type !== 'file') process.exitCode = ExitCode.failed;
    });
}

function add(overlay: Command, { terminal }: CommandContext): void {
  overlay
    .command('add')
    .argument('<file>')
    .argument('<source>', 'file or symbolic link of this host; a folder is added without its content')
    .argument('<path>', 'where the guest has it, like /etc/motd')
    .description('add a file to an overlay, or replace one')
    .option('--mode <octal>', 'permissions (default: 0755 for an executable file, else 0644)', octal)
    .option('--dry-run', 'only say what would change')
    .addHelpText(
      'after',
      examples(
        ['podbsd alpine overlay add docker/apkovl.img motd /etc/motd', 'Give the guest a message of the day'],
        [
          'podbsd alpine overlay add web.apkovl.tar.gz key /etc/ssh/ssh_host_ed25519_key --mode 0600',
          'With permissions',
        ],
      ),
    )
    .action(
      async (path: string, source: string, wanted: string, options: { mode?: number; dryRun?: boolean }) => {
        const opened = await openOverlay(new LocalHost(), path);
        const entry = await entryFrom(source, overlayPath(wanted), options.mode);
        const entries = addEntries(opened.overlay.entries, [entry]);
        terminal.err(`add ${listing(entry)}`);
        if (options.dryRun !== true) await opened.save(entries);
      },
    );
}

function rm(overlay: Command, { terminal }: CommandContext): void {
  overlay
    .command('rm')
    .argument('<file>')
    .argument('<path>')
    .description('remove a file of an overlay, or a folder with all that is in it')
    .option('--dry-run', 'only say what would change')
    .addHelpText('after', examples(['podbsd alpine overlay rm docker/apkovl.img /etc/motd', 'Remove a file']))
    .action(async (path: string, wanted: string, options: { dryRun?: boolean }) => {
      const opened = await openOverlay(new LocalHost(), path);
      const left = removeEntries(opened.overlay.entries, overlayPath(wanted), path);
      const kept = new Set(left);
      for (const entry of opened.overlay.entries)
        if (!kept.has(entry)) terminal.err(`remove ${listing(entry)}`);
      if (options.dryRun !== true) await opened.save(left);
    });
}

function check(overlay: Command, { terminal }: CommandContext): void {
  overlay
    .command('check')
    .argument('<file>')
    .description('judge an overlay that lbu or a person has made; exit code 1 when the guest would not work')
    .option('--readonly-disk', 'the guest cannot write the disk (default: what podbsd knows about the guest)')
    .option('--fix', 'write it again with right names, owners and permissions, and without leftovers')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      examples(['podbsd alpine overlay check docker.apkovl.tar.gz', 'Explain what is wrong']),
    )
    .action(async (path: string, options: { readonlyDisk?: true; fix?: boolean; json?: boolean }) => {
      const { readonlyDisk } = options;
      const opened = await openOverlay(
        new LocalHost(),
        path,
        readonlyDisk === undefined ? {} : { readonlyDisk },
      );
      const { problems, entries } = opened.overlay;
      if (options.json === true) terminal.out(JSON.stringify(problems, undefined, 2));
      else for (const problem of problems) terminal.out(formatProblem(problem));
      const left = options.fix === true ? await fix(opened, entries, path) : problems;
      if (options.fix === true)
        for (const problem of left) terminal.err(`remains: ${formatProblem(problem)}`);
      if (left.some((problem) => problem.severity === 'error')) process.exitCode = ExitCode.failed;
    });
}

/** Writes the overlay again, repaired. Returns what is still wrong with it. */
async function fix(
  opened: OverlayFile,
  entries: readonly OverlayEntry[],
  path: string,
): Promise<readonly OverlayProblem[]> {
  const repaired = repairOverlay(entries, opened.options);
  await opened.save(repaired);
  return (await importOverlay(packOverlay(repaired), path, opened.options)).problems;
}

function listing(entry: OverlayEntry): string {
  const size = entry.type === 'file' ? entry.content.length : 0;
  const target = entry.type === 'symlink' ? ` -> ${entry.target}` : '';
  return visible(`${formatMode(entry)} ${String(size).padStart(8)} /${entry.path}${target}`);
}

function describe(entry: OverlayEntry): object {
  const { type, path } = entry;
  if (entry.type === 'symlink') return { type, path, target: entry.target };
  const mode = `0${entry.mode.toString(8)}`;
  return entry.type === 'file' ? { type, path, mode, size: entry.content.length } : { type, path, mode };
}

async function entryFrom(source: string, path: string, mode: number | undefined): Promise<OverlayEntry> {
  const found = await lstat(source).catch((error: unknown) => {
    throw new PodbsdError({
      doing: `adding ${source}`,
      problem: 'there is no such file',
      exitCode: ExitCode.usage,
      cause: error,
    });
  });
  if (found.isSymbolicLink()) return link(path, await readlink(source));
  if (found.isDirectory()) return directory(path, mode ?? 0o755);
  return file(path, await readFile(source), mode ?? ((found.mode & 0o100) !== 0 ? 0o755 : 0o644));
}

function octal(text: string): number {
  if (/^0?[0-7]{3}$/.test(text)) return Number.parseInt(text, 8);
  throw new PodbsdError({
    doing: `reading --mode ${text}`,
    problem: 'expected three octal digits, like 0644',
    exitCode: ExitCode.usage,
  });
}

async function write(content: Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => process.stdout.write(content, () => resolve()));
}
