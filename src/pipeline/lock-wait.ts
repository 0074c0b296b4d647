import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { until } from '../ground/until.ts';
import type { Host } from '../host/host.ts';
import { lockOwner, takeLock, type Lock } from './lock.ts';

/** Milliseconds between two attempts. */
const EVERY = 500;

export interface WaitOptions {
  /** What is done under the lock, and so what its owner is doing: `making an image`. */
  readonly work: string;
  /** Told once, when another podbsd holds the lock. */
  readonly say: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Takes a lock as soon as it is free, however long its owner works. */
export async function waitForLock(
  host: Host,
  path: string,
  { work, say, signal }: WaitOptions,
): Promise<Lock> {
  let waiting = false;
  const attempt = async (): Promise<Lock | undefined> => {
    try {
      return await takeLock(host, path);
    } catch (error) {
      if (!(error instanceof PodbsdError) || error.exitCode !== ExitCode.locked) throw error;
      if (!waiting) {
        const owner = await lockOwner(host, path);
        const whose = owner === undefined ? '' : ` (process ${owner.pid})`;
        say(`another podbsd${whose} is ${work}; waiting for it`);
      }
      waiting = true;
      return undefined;
    }
  };
  const lock = await until(attempt, { every: EVERY, signal });
  if (lock === undefined) throw new Error('waiting without a time limit ends with an answer');
  return lock;
}
