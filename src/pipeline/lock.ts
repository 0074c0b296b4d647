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
  for (let attempt = 0; attempt < 5; attempt++) {
    if (await putInPlace(host, path, mine)) return { release: () => host.remove(path) };
    const owner = await lockOwner(host, path);
    if (owner !== undefined && !(await isStale(owner))) throw lockedError(path, owner);
    await setAside(host, path, owner);
  }
  throw lockedError(path, await lockOwner(host, path));
}

/** Who holds the lock; undefined when nobody does. */
export async function lockOwner(host: Host, path: string): Promise<LockOwner | undefined> {
  const text = await host.readText(`${path}/owner.json`);
  if (text === undefined) return undefined;
  return ownerSchema.parse(JSON.parse(text));
}

/** True when the owner ran on this machine and is gone. Of other machines nothing can be known. */
export async function isStale(owner: LockOwner): Promise<boolean> {
  if (owner.hostname !== hostname()) return false;
  const start = await processStart(owner.pid);
  // Linux computes the time from the boot time, which moves by a second when the clock is adjusted.
  return start === undefined || Math.abs(Date.parse(start) - Date.parse(owner.processStart)) > 2000;
}

async function putInPlace(host: Host, path: string, owner: LockOwner): Promise<boolean> {
  const prepared = `${path}.${owner.id}`;
  await host.writeFile(`${prepared}/owner.json`, `${JSON.stringify(owner)}\n`);
  try {
    await host.rename(prepared, path);
    return true;
  } catch (error) {
    await host.remove(prepared);
    if ((await host.stat(path)) === undefined) throw error;
    return false;
  }
}

/** Moves a stale lock away. When it is another one by now, somebody was quicker: theirs is put back. */
async function setAside(host: Host, path: string, judged: LockOwner | undefined): Promise<void> {
  const aside = `${path}.stale.${randomBytes(4).toString('hex')}`;
  try {
    await host.rename(path, aside);
  } catch (error) {
    if ((await host.stat(path)) === undefined) return;
    throw error;
  }
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
