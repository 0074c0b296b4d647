import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { until } from '../ground/until.ts';
import { LocalHost } from '../host/local.ts';
import { lockOwner, takeLock, type Lock } from '../pipeline/lock.ts';
import type { MachinePaths } from './paths.ts';

/** Milliseconds to wait for a lock. Nothing that holds one takes longer, except making a disk. */
const PATIENCE = 20_000;

const here = new LocalHost();

/**
 * Does something that no other podbsd may do to the same machine at the same moment.
 * @throws PodbsdError with exit code `locked` when another one holds the lock and does not finish.
 */
export async function withMachineLock<T>(
  { name, lock: path }: { readonly name: string; readonly lock: MachinePaths['lock'] },
  doing: string,
  work: () => Promise<T>,
): Promise<T> {
  const lock = await takeLockSoon(path).catch(async (error: unknown) => {
    if (!isLocked(error)) throw error;
    const owner = await lockOwner(here, path);
    throw new PodbsdError({
      doing,
      problem: `another podbsd is working on ${name}${owner === undefined ? '' : ` (process ${owner.pid})`}`,
      remedy: `wait for it; to see the state: podbsd machine inspect ${name}`,
      exitCode: ExitCode.locked,
    });
  });
  try {
    return await work();
  } finally {
    await lock.release();
  }
}

async function takeLockSoon(path: string): Promise<Lock> {
  const soon = async (): Promise<Lock | undefined> =>
    await takeLock(here, path).catch((error: unknown) => {
      if (!isLocked(error)) throw error;
      return undefined;
    });
  // The last attempt says who holds it.
  return (await until(soon, { every: 200, within: PATIENCE })) ?? (await takeLock(here, path));
}

function isLocked(error: unknown): boolean {
  return error instanceof PodbsdError && error.exitCode === ExitCode.locked;
}
