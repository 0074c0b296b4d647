import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { z } from 'zod';
import { ExitCode, PodbsdError } from '../errors.ts';
import type { Host } from '../host/host.ts';
import { processStart } from './process-start.ts';

const ownerSchema = z.object({
  id: z.string(),
  pid: z.int(),
  /** When that process began, as ps(1) says it: a number used again by another process is then not mistaken for it. */
  processStart: z.string(),
  hostname: z.string(),
  since: z.string(),
});
export type LockOwner = z.infer<typeof ownerSchema>;

/** Each attempt that fails without a living owner was crossed by another podbsd that took, released or lost the lock. */
const ATTEMPTS = 20;

/** Holds a build directory for one podbsd at a time. */
export interface Lock {
  release(): Promise<void>;
}

/**
 * Takes the lock: a directory with a file that names its owner, put in place by one rename, which the operating system
 * refuses when another one is there. A lock whose process is gone is taken over.
 * @throws PodbsdError with exit code `locked` when another podbsd works there.
 */
export async function takeLock(host: Host, path: string): Promise<Lock> {
  const mine: LockOwner = {
    id: randomBytes(8).toString('hex'),
    pid: process.pid,
    processStart: (await processStart(process.pid)) ?? '',
    hostname: hostname(),
    since: new Date().toISOString(),
  };
  for (let attempt = 1; ; attempt++) {
    const refusal = await putInPlace(host, path, mine);
    if (refusal === undefined) return { release: () => giveBack(host, path) };
    const owner = await lockOwner(host, path);
    if (owner !== undefined && !(await isStale(owner))) throw lockedError(path, owner);
    const gone = (await host.stat(path)) === undefined;
    if (attempt === ATTEMPTS) throw gone ? refusal : lockedError(path, owner);
    // Released in the meantime: nothing is in the way of the next attempt.
    if (!gone) await setAside(host, path, owner);
  }
}

/** Who holds the lock; undefined when nobody does, or when a power cut left no legible name. */
export async function lockOwner(host: Host, path: string): Promise<LockOwner | undefined> {
  const text = await host.readText(`${path}/owner.json`);
  if (text === undefined) return undefined;
  try {
    return ownerSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** True when the owner ran on this machine and is gone. Of other machines nothing can be known. */
export async function isStale(owner: LockOwner): Promise<boolean> {
  if (owner.hostname !== hostname()) return false;
  const start = await processStart(owner.pid);
  // Linux computes the time from the boot time, which moves by a second when the clock is adjusted.
  return start === undefined || Math.abs(Date.parse(start) - Date.parse(owner.processStart)) > 2000;
}

/** Undefined when the lock is taken; otherwise why the rename was refused, mostly because another lock is there. */
async function putInPlace(host: Host, path: string, owner: LockOwner): Promise<Error | undefined> {
  const prepared = `${path}.${owner.id}`;
  await host.writeFile(`${prepared}/owner.json`, `${JSON.stringify(owner)}\n`);
  try {
    await host.rename(prepared, path);
    return undefined;
  } catch (error) {
    await host.remove(prepared);
    return error instanceof Error ? error : new Error(String(error));
  }
}

/**
 * Gives the lock back, by a rename as well: while a directory is emptied in its place, another podbsd could take the
 * empty one and lose its name to the rest of the removal.
 */
async function giveBack(host: Host, path: string): Promise<void> {
  const aside = await moveAside(host, path);
  if (aside !== undefined) await host.remove(aside);
}

/** Where the lock is now; undefined when nothing was there, e.g. because its whole directory was removed. */
async function moveAside(host: Host, path: string): Promise<string | undefined> {
  const aside = `${path}.stale.${randomBytes(4).toString('hex')}`;
  try {
    await host.rename(path, aside);
    return aside;
  } catch (error) {
    if ((await host.stat(path)) === undefined) return undefined;
    throw error;
  }
}

/** Moves a stale lock away. When it is another one by now, somebody was quicker: theirs is put back. */
async function setAside(host: Host, path: string, judged: LockOwner | undefined): Promise<void> {
  const aside = await moveAside(host, path);
  if (aside === undefined) return;
  const moved = await lockOwner(host, aside);
  if (moved?.id === judged?.id) await host.remove(aside);
  else await host.rename(aside, path);
}

function lockedError(path: string, owner: LockOwner | undefined): PodbsdError {
  const who =
    owner === undefined ? 'another podbsd' : `podbsd with process id ${owner.pid} on ${owner.hostname}`;
  return new PodbsdError({
    doing: `locking ${path}`,
    problem: `${who} works there${owner === undefined ? '' : ` since ${owner.since}`}`,
    remedy:
      owner === undefined || owner.hostname === hostname()
        ? 'wait for it (`podbsd status` shows how far it is), or choose another [build] directory'
        : `wait for it; when that machine is gone for good, remove ${path}`,
    exitCode: ExitCode.locked,
  });
}
