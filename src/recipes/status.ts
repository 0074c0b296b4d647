import { Journal, requireBuild, type JournalEntry } from '../pipeline/journal.ts';
import type { LockOwner } from '../pipeline/lock-owner.ts';
import { isStale, lockOwner } from '../pipeline/lock.ts';
import type { Progress } from '../pipeline/stage.ts';
import type { Build } from './build.ts';

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
  /** Who is building; undefined when nobody is. */
  readonly owner: LockOwner | undefined;
  readonly stages: readonly StageStatus[];
}

/** Reads how far a build is, without taking part in it: from the journal, the lock, and what its stages can see. */
export async function buildStatus({
  host,
  directory,
  lock,
  stages,
}: Pick<Build, 'host' | 'directory' | 'lock' | 'stages'>): Promise<BuildStatus> {
  await requireBuild(host, directory);
  const journal = await Journal.read(host, directory);
  const found = await lockOwner(host, lock);
  const owner = found === undefined || (await isStale(found)) ? undefined : found;
  const shown = stages
    .filter((stage) => stage.checksOnly !== true)
    .map(async (stage): Promise<StageStatus> => {
      const { name, title } = stage;
      const entry = journal.get(name);
      if (entry === undefined) return { name, title, state: 'waiting' };
      const { started, ended, log, problem } = entry;
      // `running` in the journal without an active owner means that the run was killed.
      const state = entry.state === 'running' && owner === undefined ? 'interrupted' : entry.state;
      const progress = state === 'running' ? await stage.progress?.(entry.outputs) : undefined;
      return { name, title, state, started, ended, log, problem, progress };
    });
  return { owner, stages: await Promise.all(shown) };
}
