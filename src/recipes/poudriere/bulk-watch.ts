import { setTimeout as sleep } from 'node:timers/promises';
import type { Host } from '../../host/host.ts';
import { finished, readBulkStatus, type BulkStatus } from './build-status.ts';
import type { Progress, StageRun } from '../../pipeline/stage.ts';

/** Poudriere refreshes its own counts every two seconds. */
const EVERY_MS = 2000;

/**
 * Follows a bulk build by its status files and reports how far it is.
 * @returns a function that stops polling and waits for the last poll.
 */
export function bulkWatch(host: Host, run: StageRun, folder: string): () => Promise<void> {
  const stop = new AbortController();
  const watching = watch();
  return async () => {
    stop.abort();
    await watching;
  };

  async function watch(): Promise<void> {
    const pause = async (): Promise<boolean> =>
      await sleep(EVERY_MS, true, { signal: stop.signal }).catch(() => false);
    while (await pause()) {
      try {
        run.progress(bulkProgress(await readBulkStatus(host, folder)));
      } catch {
        // A failed poll (a lost connection, a file that is being replaced) is repeated; failures of the build are
        // reported by the build itself.
      }
    }
  }
}

/** Poudriere's counts as progress: the queue holds everything, fetched and ignored ports too. */
export function bulkProgress(status: BulkStatus): Progress {
  const working = status.jobs.map((job) => `${job.origin} (${job.phase})`);
  const phase = status.phase.replaceAll('_', ' ').replace(/:+$/, '');
  const text = working.length > 0 ? working.join(', ') : phase === '' ? 'starting' : phase;
  if (status.queued === 0) return { text };
  const { built, fetched, failed, skipped, ignored } = status;
  const done = finished(status);
  const counts = { built, fetched, failed, skipped, ignored, remaining: status.queued - done };
  return { text, done, total: status.queued, counts };
}
