import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { until } from '../ground/until.ts';
import type { Host } from '../host/host.ts';
import type { LockOwner } from './lock-owner.ts';
import { lockOwner, takeLock, type Lock } from './lock.ts';

/** Milliseconds between two attempts. */
const EVERY = 500;

export interface WaitOptions {
  /** Called once, when another podbsd holds the lock. */
  readonly onWait: (owner: LockOwner | undefined) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Takes a lock as soon as it is free, however long its owner works. */
export async function waitForLock(host: Host, path: string, { onWait, signal }: WaitOptions): Promise<Lock> {
  let waiting = false;
  const attempt = async (): Promise<Lock | undefined> => {
    try {
      return await takeLock(host, path);
    } catch (error) {
      if (!(error instanceof PodbsdError) || error.exitCode !== ExitCode.locked) throw error;
      if (!waiting) onWait(await lockOwner(host, path));
      waiting = true;
      return undefined;
    }
  };
  const lock = await until(attempt, { every: EVERY, signal });
  if (lock === undefined) throw new Error('waiting without a time limit ends with an answer');
  return lock;
}
