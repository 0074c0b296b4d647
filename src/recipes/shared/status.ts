import type { Host } from '../../host/host.ts';
import { Journal, type JournalEntry } from '../../pipeline/journal.ts';
import { isStale, lockOwner, type LockOwner } from '../../pipeline/lock.ts';
import type { Progress, Stage } from '../../pipeline/stage.ts';
import { readBulkStatus } from '../poudriere/build-status.ts';
import type { BuildPaths } from '../poudriere/paths.ts';
import { bulkProgress } from '../poudriere/bulk-watch.ts';

/** One stage as `podbsd status` shows it. */
export interface StageStatus {
  readonly name: string;
  readonly title: string;
  readonly state: 'waiting' | JournalEntry['state'];
  readonly started?: string | undefined;
  readonly ended?: string | undefined;
  readonly log?: string | undefined;
  readonly problem?: string | undefined;
  /** Of the stage that is at work. */
  readonly progress?: Progress | undefined;
}

export interface BuildStatus {
  /** Who is at work; undefined when nobody is. */
  readonly owner: LockOwner | undefined;
  readonly stages: readonly StageStatus[];
}

/** Reads how far a build is, without taking part in it: from the journal, the lock and Poudriere's own files. */
export async function buildStatus(
  host: Host,
  paths: Pick<BuildPaths, 'directory'> & Partial<Pick<BuildPaths, 'bulkLogs'>>,
  stages: readonly Stage[],
): Promise<BuildStatus> {
  const journal = await Journal.read(host, `${paths.directory}/journal.json`);
  const found = await lockOwner(host, `${paths.directory}/lock`);
  const owner = found === undefined || (await isStale(found)) ? undefined : found;
  const shown = stages
    .filter((stage) => stage.checksOnly !== true)
    .map(async ({ name, title }): Promise<StageStatus> => {
      const entry = journal.get(name);
      if (entry === undefined) return { name, title, state: 'waiting' };
      const { started, ended, log, problem } = entry;
      // A journal that says `running` without anybody at work tells of a run that was killed.
      const state = entry.state === 'running' && owner === undefined ? 'interrupted' : entry.state;
      const build = entry.outputs['build'];
      const progress =
        state === 'running' && build !== undefined && paths.bulkLogs !== undefined
          ? bulkProgress(await readBulkStatus(host, `${paths.bulkLogs}/${build}`))
          : undefined;
      return { name, title, state, started, ended, log, problem, progress };
    });
  return { owner, stages: await Promise.all(shown) };
}
