import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { Host } from '../host/host.ts';
import { lockOwner, takeLock, type Lock } from '../pipeline/lock.ts';
import type { MachinePaths } from './paths.ts';

/** Nothing that holds a lock takes longer, except the making of a disk; milliseconds. */
const PATIENCE = 20_000;

/**
 * Does something that no other podbsd may do to the same machine at the same moment.
 * @throws PodbsdError with exit code `locked` when another one is at work and does not come to an end.
 */
export async function withMachineLock<T>(
  host: Host,
  { name, lock: path }: { readonly name: string; readonly lock: MachinePaths['lock'] },
  doing: string,
  work: () => Promise<T>,
): Promise<T> {
  if (host.dryRun) return await work();
  const lock = await takeLockSoon(host, path).catch(async (error: unknown) => {
    if (!isLocked(error)) throw error;
    const owner = await lockOwner(host, path);
    throw new PodbsdError({
      doing,
      problem: `another podbsd works on ${name}${owner === undefined ? '' : ` (process ${owner.pid})`}`,
      remedy: `wait for it, and look with podbsd machine inspect ${name}`,
      exitCode: ExitCode.locked,
    });
  });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function takeLockSoon(host: Host, path: string): Promise<Lock> {
  const end = performance.now() + PATIENCE;
  for (;;) {
    try {
      return await takeLock(host, path);
    } catch (error) {
      if (!isLocked(error) || performance.now() > end) throw error;
      await sleep(200);
    }
  }
}

function isLocked(error: unknown): boolean {
  return error instanceof PodbsdError && error.exitCode === ExitCode.locked;
}
