import { until } from '../../ground/until.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { LocalHost } from '../../host/local.ts';
import { takeLock } from '../../pipeline/lock.ts';

/** Milliseconds between two attempts. */
const EVERY = 100;
/** Milliseconds: the largest overlay is written in less. */
const PATIENCE = 15 * 60_000;

/** Runs `work` while this podbsd holds the lock of a file; others wait. */
export async function withOverlayLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  const host = new LocalHost();
  let last: unknown;
  const lock = await until(
    async () => {
      try {
        return await takeLock(host, `${path}.lock`);
      } catch (error) {
        if (!(error instanceof PodbsdError) || error.exitCode !== ExitCode.locked) throw error;
        last = error;
        return undefined;
      }
    },
    { every: EVERY, within: PATIENCE },
  );
  if (lock === undefined) throw last;
  try {
    return await work();
  } finally {
    await lock.release();
  }
}
