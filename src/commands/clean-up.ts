import { rm } from 'node:fs/promises';
import { removeDownloads } from '../doctor/kept/downloads.ts';
import { inventory } from '../doctor/kept/inventory.ts';
import type { Kept } from '../doctor/kept/kept.ts';
import { diskUsage } from '../ground/disk-usage.ts';
import { exists } from '../ground/exists.ts';
import { formatSize } from '../ground/sizes.ts';
import type { Terminal } from '../ground/terminal.ts';
import { DryRunHost } from '../host/dry-run.ts';
import { LocalHost } from '../host/local.ts';
import { imageStore } from '../images/store.ts';
import type { Build, Surroundings } from '../recipes/build.ts';
import { cleanBuild } from '../recipes/clean-build.ts';
import { intoStore } from '../recipes/into-store.ts';
import { knownBuilds } from '../recipes/known-builds.ts';
import { openBuild } from '../recipes/recipe.ts';
import { spaceOf } from '../recipes/space-of.ts';
import { surroundings, type BuildCommandOptions } from './build-options.ts';
import type { CommandContext } from './command.ts';
import { notice } from './notice.ts';
import { showKept } from './show-kept.ts';

export interface CleanOptions extends BuildCommandOptions {
  readonly all?: boolean;
}

/** The one build that the command line names. */
export async function cleanOne(options: CleanOptions, { terminal, signal }: CommandContext): Promise<void> {
  const around = surroundings(options, { terminal, signal });
  const build = await openBuild(options, around);
  try {
    tellSum(terminal, options, await cleanReported(build, around, options, terminal));
  } finally {
    await build.close();
  }
}

/** Everything on this machine that podbsd has begun and not finished; with `--all` what it keeps for later, too. */
export async function cleanAll(options: CleanOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const around = { ...surroundings(options, context), ...lookingHere(options, terminal) };
  const onNotice = (text: string): void => notice(terminal, text);
  const known = await knownBuilds(options, around, imageStore());
  try {
    const kept = await inventory(known, onNotice);
    let bytes = 0;
    for (const { name, build, state } of known) {
      if (state === 'running') onNotice(`${name} in ${build.directory} is at work and stays as it is`);
      else if (state === 'interrupted' || options.all === true)
        bytes += await cleanReported(build, around, options, terminal);
    }
    // The layers of a build that is at work lie on a downloaded image, and what it exports is half written.
    const free = options.all === true && !known.some(({ state }) => state === 'running');
    const halfWritten = intoStore(imageStore()).out;
    if (free && (await exists(halfWritten)))
      bytes += await removeReported(
        { kind: 'leftover', path: halfWritten, bytes: await diskUsage(halfWritten) },
        options,
        terminal,
      );
    for (const one of kept)
      if (one.kind === 'leftover' || (one.kind === 'download' && free))
        bytes += await removeReported(one, options, terminal);
    tellSum(terminal, options, bytes);
    if (options.all === true) tellRest(terminal, kept);
  } finally {
    for (const { build } of known) await build.close();
  }
}

/** What is to be removed must be looked at in a dry run, too. */
function lookingHere({ dryRun }: CleanOptions, terminal: Terminal): Pick<Surroundings, 'here' | 'connect'> {
  const local = new LocalHost();
  const here = dryRun === true ? new DryRunHost((line) => terminal.out(line), local) : local;
  return { here, connect: async () => here };
}

/** @returns the bytes that came back, or would. What only an attempt can tell counts nothing in a dry run. */
async function cleanReported(
  build: Build,
  around: Surroundings,
  { all = false, dryRun = false }: CleanOptions,
  terminal: Terminal,
): Promise<number> {
  const before = await spaceOf(build);
  const stages = await cleanBuild(build, { ...around, all });
  const after = dryRun ? (all ? 0 : before) : await spaceOf(build);
  const bytes = Math.max(0, (before ?? 0) - (after ?? 0));
  const size = before === undefined ? '' : ` (${formatSize(bytes)})`;
  const { directory } = build;
  if (all) terminal.out(`${dryRun ? 'would remove' : 'removed'} ${directory}${size}`);
  else if (stages.length === 0) terminal.out(`nothing half made in ${directory}`);
  else
    terminal.out(
      dryRun
        ? `would clean up in ${directory}: ${stages.join(', ')}`
        : `cleaned up in ${directory}: ${stages.join(', ')}${size}`,
    );
  return bytes;
}

async function removeReported(
  kept: Pick<Kept, 'kind' | 'path' | 'bytes'>,
  { dryRun = false }: CleanOptions,
  terminal: Terminal,
): Promise<number> {
  const { kind, path, bytes } = kept;
  if (!dryRun)
    await (kind === 'download' ? removeDownloads(kept) : rm(path, { recursive: true, force: true }));
  terminal.out(`${dryRun ? 'would remove' : 'removed'} ${path} (${formatSize(bytes)})`);
  return bytes;
}

function tellSum(terminal: Terminal, { dryRun = false }: CleanOptions, bytes: number): void {
  terminal.out(
    bytes === 0
      ? `No space ${dryRun ? 'would come' : 'came'} back.`
      : `${formatSize(bytes)} ${dryRun ? 'would come' : 'came'} back.`,
  );
}

/** What has commands of its own to remove it. */
function tellRest(terminal: Terminal, kept: readonly Kept[]): void {
  const rest = kept.filter(({ kind }) => !['build', 'download', 'leftover'].includes(kind));
  if (rest.length === 0) return;
  terminal.out('This stays:');
  showKept(terminal, rest);
}
