import { join } from 'node:path';
import { builderRecipe } from '../recipes/bake/builder.ts';
import { stopOrphans } from '../recipes/poudriere/orphans.ts';
import { poudriereRecipe } from '../recipes/poudriere/recipe.ts';
import type { LoadedConfig } from '../config/load.ts';
import { DryRunHost } from '../host/dry-run.ts';
import type { Host } from '../host/host.ts';
import { LocalHost } from '../host/local.ts';
import type { Reporter } from '../pipeline/events.ts';
import { takeLock } from '../pipeline/lock.ts';
import { select, type Range } from '../pipeline/plan.ts';
import { runPipeline } from '../pipeline/runner.ts';
import type { Terminal } from '../ground/terminal.ts';
import { openBake, type BakeOptions } from './bake-env.ts';
import { buildOn, logFolder } from './build-env.ts';
import { standaloneRun } from './standalone-run.ts';

interface BuilderRun {
  readonly loaded: LoadedConfig;
  readonly options: BakeOptions;
  /** Of the stages of Poudriere's recipe. */
  readonly range: Range;
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
  /** Each of the two parts reports for itself. */
  readonly reporter: () => Reporter;
}

/** Held as long as the machine runs: each part takes the lock of its own directory besides. */
export function machineLock(directory: string): string {
  return join(directory, 'machine-lock');
}

/**
 * `build-image --builder vm`: makes a FreeBSD machine with Poudriere, and builds in it as on any other across SSH. Its
 * disk stays, and with it what Poudriere has built.
 */
export async function buildInMachine({ loaded, range, signal, ...run }: BuilderRun): Promise<void> {
  const { options, terminal, reporter } = run;
  await requireStages(range, run, loaded);
  const opened = await openBake(loaded, { ...options, builder: 'vm' }, terminal);
  const { env } = opened;
  const { directory } = env.paths;
  const lock = env.host.dryRun ? undefined : await takeLock(env.host, machineLock(directory));
  let inside: Host | undefined;
  try {
    await opened.stopOrphans();
    await runPipeline({
      ...{ host: env.host, stages: builderRecipe(env), directory, logs: opened.logs, range: {} },
      ...{ reporter: reporter(), signal, stopOrphans: opened.stopOrphans },
    });
    const here = standaloneRun(new LocalHost(), (text) => terminal.err(text), signal);
    inside = (await env.machine.enter('builder', here)).host;
    const build = await buildOn(inside, loaded, options, terminal);
    await runPipeline({
      ...{ host: inside, stages: poudriereRecipe(build), directory: build.paths.directory, range },
      ...{ logs: logFolder(build), reporter: reporter(), signal },
      stopOrphans: (stage) => stopOrphans(build, stage),
    });
    await env.machine.powerOff(here);
  } catch (error) {
    // The machine is about to be stopped: what the journal in it says must be on its disk.
    if (inside?.dryRun === false) await inside.run(['/sbin/zpool', 'sync']).catch(() => undefined);
    throw error;
  } finally {
    await opened.close();
    await lock?.release();
  }
}

/** A stage that does not exist is told before the machine is made. */
async function requireStages(
  range: Range,
  { options, terminal }: Pick<BuilderRun, 'options' | 'terminal'>,
  loaded: LoadedConfig,
): Promise<void> {
  const nowhere = new DryRunHost(() => undefined);
  select(poudriereRecipe(await buildOn(nowhere, loaded, { ...options, dryRun: true }, terminal)), range);
}
