import { inventory } from '../doctor/kept/inventory.ts';
import type { Kept } from '../doctor/kept/kept.ts';
import { duration } from '../ground/duration.ts';
import type { Terminal } from '../ground/terminal.ts';
import { imageStore } from '../images/store.ts';
import { progressText, remaining } from '../pipeline/format.ts';
import { knownBuilds, type KnownBuild } from '../recipes/known-builds.ts';
import { openBuild } from '../recipes/recipe.ts';
import { buildStatus, type BuildStatus, type StageStatus } from '../recipes/status.ts';
import { surroundings, type BuildCommandOptions } from './build-options.ts';
import type { CommandContext } from './command.ts';
import { notice } from './notice.ts';
import { showKept } from './show-kept.ts';

export interface StatusOptions extends BuildCommandOptions {
  readonly json?: boolean;
}

/** A build of this machine, as `--json` has it. */
interface ShownBuild extends BuildStatus {
  readonly name: string;
  readonly directory: string;
  readonly state: KnownBuild['state'];
}

/** The one build that the command line names. */
export async function showBuild(options: StatusOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const build = await openBuild(options, surroundings(options, context));
  try {
    const status = await buildStatus(build);
    if (options.json === true) terminal.out(JSON.stringify(status, undefined, 2));
    else print(terminal, status);
  } finally {
    await build.close();
  }
}

/** All builds of this machine, and what podbsd keeps besides. */
export async function showAllBuilds(options: StatusOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const onNotice = (text: string): void => notice(terminal, text);
  const known = await knownBuilds(options, surroundings(options, context), imageStore());
  try {
    const builds = await Promise.all(known.map(shown));
    const kept = await inventory(known, onNotice);
    if (options.json === true)
      terminal.out(
        JSON.stringify(
          { owner: builds[0]?.owner, stages: builds[0]?.stages ?? [], builds, kept },
          undefined,
          2,
        ),
      );
    else printAll(terminal, builds, kept);
  } finally {
    for (const { build } of known) await build.close();
  }
}

async function shown({ name, build, state }: KnownBuild): Promise<ShownBuild> {
  return { name, directory: build.directory, state, ...(await buildStatus(build)) };
}

function printAll(terminal: Terminal, builds: readonly ShownBuild[], kept: readonly Kept[]): void {
  if (builds.length === 0) terminal.out('Nothing is being built, and nothing was begun here.');
  for (const build of builds) {
    terminal.out(`${build.name} (${build.state}) in ${build.directory}`);
    print(terminal, build);
    terminal.out('');
  }
  showKept(terminal, kept);
}

function print(terminal: Terminal, { owner, stages }: BuildStatus): void {
  terminal.out(
    owner === undefined
      ? 'Nobody is building.'
      : `Process ${owner.pid} on ${owner.hostname} is building since ${owner.since}.`,
  );
  for (const stage of stages) {
    terminal.out(`${stage.state.padEnd(11)} ${stage.name.padEnd(10)} ${stage.title}${times(stage)}`);
    if (stage.progress !== undefined) terminal.out(`${' '.repeat(12)}${progressText(stage.progress)}`);
    if (stage.problem !== undefined && stage.state !== 'done')
      for (const line of stage.problem.split('\n')) terminal.out(`${' '.repeat(12)}${line}`);
  }
}

function times({ state, started, ended, progress }: StageStatus): string {
  if (started === undefined) return '';
  const end = ended === undefined || state === 'running' ? Date.now() : Date.parse(ended);
  const seconds = (end - Date.parse(started)) / 1000;
  const left = progress === undefined ? undefined : remaining(progress, seconds);
  return ` - ${duration(seconds)}${left === undefined ? '' : `, about ${duration(left)} to go`}`;
}
