import type { Command } from 'commander';
import { additionFrom } from '../../alpine/overlay/addition.ts';
import { formatProblem } from '../../alpine/overlay/problem.ts';
import { findMember, overlayPath, planAddition, planRemoval } from '../../alpine/overlay/edit.ts';
import { visible } from '../../alpine/overlay/entry.ts';
import { editOverlay, withOverlay } from '../../alpine/overlay/file.ts';
import { describeMember, listAddition, listMember } from '../../alpine/overlay/listing.ts';
import { contentOf } from '../../alpine/overlay/content.ts';
import { planRepair } from '../../alpine/overlay/repair.ts';
import { effective, nameText } from '../../alpine/overlay/scan.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
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
      const members = await withOverlay(path, {}, async (overlay) => effective(overlay.members));
      members.sort((a, b) => (a.path < b.path ? -1 : 1));
      if (options.json === true) terminal.out(JSON.stringify(members.map(describeMember), undefined, 2));
      else for (const member of members) terminal.out(listMember(member));
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
      await withOverlay(path, {}, async ({ archive, members }) => {
        const member = findMember(members, overlayPath(wanted), path);
        const content = contentOf(archive, members, member);
        if (content !== undefined) {
          for await (const piece of content) await write(piece);
          return;
        }
        const { kind, linkTarget } = member;
        const what = kind === 'symlink' ? `a link to ${nameText(linkTarget)}` : KIND_NAMES[kind];
        terminal.err(visible(`${wanted} is ${what}`));
        process.exitCode = ExitCode.failed;
      });
    });
}

function add(overlay: Command, { terminal }: CommandContext): void {
  overlay
    .command('add')
    .argument('<file>')
    .argument('<source>', 'file or symbolic link of this host; a folder is added without its content')
    .argument('<path>', 'where the guest has it, like /etc/motd')
    .description('add a file to an overlay, or replace one')
    .option(
      '--mode <octal>',
      'permissions (default: those of the file that it replaces, else 0755 for an executable file and 0644 for others)',
      octal,
    )
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
        const addition = await additionFrom(source, overlayPath(wanted), options.mode);
        await editOverlay(path, {}, ({ members }) => {
          const plan = planAddition(members, addition);
          terminal.err(`add ${listAddition(addition)}`);
          return options.dryRun === true ? undefined : plan;
        });
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
      await editOverlay(path, {}, ({ members }) => {
        const plan = planRemoval(members, overlayPath(wanted), path);
        for (const member of members)
          if (plan.changes.has(member.index)) terminal.err(`remove ${listMember(member)}`);
        return options.dryRun === true ? undefined : plan;
      });
    });
}

function check(overlay: Command, { terminal }: CommandContext): void {
  overlay
    .command('check')
    .argument('<file>')
    .description(
      'check an overlay, also one made by lbu or by hand; exit code 1 when the guest would not work',
    )
    .option('--readonly-disk', 'the guest cannot write the disk (default: what podbsd knows about the guest)')
    .option('--fix', 'correct wrong names, owners and permissions, and remove leftovers')
    .option('--json', 'print as JSON')
    .addHelpText(
      'after',
      examples(['podbsd alpine overlay check docker.apkovl.tar.gz', 'Explain what is wrong']),
    )
    .action(async (path: string, options: { readonlyDisk?: true; fix?: boolean; json?: boolean }) => {
      const { readonlyDisk } = options;
      const given = readonlyDisk === undefined ? {} : { readonlyDisk };
      const problems = await withOverlay(path, given, async (overlay) => overlay.problems);
      if (options.json === true) terminal.out(JSON.stringify(problems, undefined, 2));
      else for (const problem of problems) terminal.out(formatProblem(problem));
      let left = problems;
      if (options.fix === true) {
        await editOverlay(path, given, ({ members, options: known }) => planRepair(members, known));
        left = await withOverlay(path, given, async (overlay) => overlay.problems);
        for (const problem of left) terminal.err(`remains: ${formatProblem(problem)}`);
      }
      if (left.some((problem) => problem.severity === 'error')) process.exitCode = ExitCode.failed;
    });
}

const KIND_NAMES = {
  ...{ directory: 'a folder', device: 'a device', fifo: 'a FIFO', hardlink: 'a hard link to nothing' },
  ...{ file: 'a sparse file, which podbsd does not unpack', symlink: 'a link', other: 'no file' },
} as const;

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
