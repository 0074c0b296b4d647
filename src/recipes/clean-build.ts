import { Journal, requireBuild } from '../pipeline/journal.ts';
import { takeLock } from '../pipeline/lock.ts';
import { standaloneRun } from '../pipeline/stage-run.ts';
import type { Build, Surroundings } from './build.ts';

/**
 * Ends what an interrupted run left running and removes half-made results; what is finished stays.
 * @param all removes that, too.
 * @returns the names of the stages whose results were removed.
 */
export async function cleanBuild(
  build: Build,
  { all, here, say, signal }: Pick<Surroundings, 'here' | 'say' | 'signal'> & { readonly all: boolean },
): Promise<readonly string[]> {
  const { host, directory } = build;
  await requireBuild(host, directory);
  const run = standaloneRun(host, say, signal);
  const lock = await takeLock(host, build.lock);
  let names: readonly string[];
  try {
    await build.stopOrphans(run);
    const work = build.stages.filter((stage) => stage.checksOnly !== true);
    const swept = all ? work : (await Journal.read(host, directory)).unfinished(work);
    // Last first: a later stage's leftovers use what an earlier stage has made.
    for (const stage of [...swept].reverse()) await stage.sweep(run);
    names = swept.map(({ name }) => name);
    if (all) await build.remove(run);
  } finally {
    // With everything else the lock is gone, too.
    if (!all) await lock.release();
  }
  if (all) await here.remove(build.logs);
  return names;
}
