import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { Host } from '../host/host.ts';
import type { LockOwner } from './lock-owner.ts';
import { processStart } from './process-start.ts';

/** An attempt fails without a living owner when another podbsd took, released or cleared the lock at that moment. */
const ATTEMPTS = 20;

/** Holds a build directory for one podbsd at a time. */
export interface Lock {
  release(): Promise<void>;
}

/** The lock of a build directory. */
export function lockOf(directory: string): string {
  return `${directory}/lock`;
}

/**
 * Takes the lock: a directory with a file that names its owner, put in place by one rename, which the operating system
 * refuses when another one is there. A lock whose process is gone is cleared away.
 * @throws PodbsdError with exit code `locked` when another podbsd works there.
 */
export async function takeLock(host: Host, path: string): Promise<Lock> {
  // A dry run changes nothing, so it needs no lock.
  if (host.dryRun) return { release: async () => {} };
  const mine: LockOwner = {
    id: randomBytes(8).toString('hex'),
    pid: process.pid,
    processStart: (await processStart(process.pid)) ?? '',
    hostname: hostname(),
    since: new Date().toISOString(),
  };
  for (let attempt = 0; attempt < ATTEMPTS; attempt++)
    if (await enter(host, path, path, mine)) return { release: () => giveBack(host, path, mine) };
  throw lockedError(path, await lockOwner(host, path));
}

/** Who holds the lock; undefined when nobody does, or when a power cut left no readable owner. */
export async function lockOwner(host: Host, path: string): Promise<LockOwner | undefined> {
  const text = await host.readText(`${path}/owner.json`);
  if (text === undefined) return undefined;
  // Most often nobody holds it, and then the library that checks it is not needed.
  const { ownerSchema } = await import('./lock-owner.ts');
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

/**
 * One attempt to take a place: the lock itself, or inside it that of a dead owner's heir. Only the heir removes a dead
 * owner's lock, so that of several processes none removes a lock that another has just taken.
 * @throws PodbsdError with exit code `locked` when a live process holds it.
 */
async function enter(host: Host, lock: string, place: string, mine: LockOwner): Promise<boolean> {
  if (await putInPlace(host, lock, place, mine)) return true;
  const owner = await lockOwner(host, place);
  if (owner !== undefined && !(await isStale(owner))) throw lockedError(lock, owner);
  if ((await host.stat(place)) === undefined) return false; // released in the meantime
  const heir = `${place}/heir-of-${owner?.id ?? 'nobody'}`;
  if (!(await enter(host, lock, heir, mine))) return false;
  // Meanwhile another podbsd may have taken the place, and may have released it since.
  const isHeir =
    (await lockOwner(host, place))?.id === owner?.id && (await lockOwner(host, heir))?.id === mine.id;
  await clearAway(host, isHeir ? place : heir);
  return false;
}

/** Whether the place was taken. The rename fails when another process holds it, or when its parent is gone. */
async function putInPlace(host: Host, lock: string, place: string, owner: LockOwner): Promise<boolean> {
  const prepared = `${lock}.${owner.id}`;
  try {
    await host.writeFile(`${prepared}/owner.json`, textOf(owner));
  } catch (error) {
    // What is in the way of the file may be in the way of its removal, and is the one to be told.
    await host.remove(prepared).catch(() => undefined);
    throw error;
  }
  try {
    await host.rename(prepared, place);
    return true;
  } catch {
    await host.remove(prepared);
    return false;
  }
}

async function giveBack(host: Host, path: string, mine: LockOwner): Promise<void> {
  // The lock may be gone with its whole directory, which may belong to another podbsd by now.
  if ((await host.readText(`${path}/owner.json`)) === textOf(mine)) await clearAway(host, path);
}

function textOf(owner: LockOwner): string {
  return `${JSON.stringify(owner)}\n`;
}

/**
 * Removed by a rename as well: while a directory is emptied in place, another podbsd could take the empty one, and the
 * rest of the removal would then delete its owner file.
 */
async function clearAway(host: Host, place: string): Promise<void> {
  const aside = `${place}.stale.${randomBytes(4).toString('hex')}`;
  try {
    await host.rename(place, aside);
  } catch (error) {
    if ((await host.stat(place)) === undefined) return;
    throw error;
  }
  await host.remove(aside);
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
