import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKSUMS_NAME } from '../disk/describe/checksums.ts';
import { exists } from '../ground/exists.ts';
import { LocalHost } from '../host/local.ts';
import { adoptImage, storeLock, type StoredImage } from '../images/store.ts';
import type { Reporter } from '../pipeline/events.ts';
import { waitForLock } from '../pipeline/lock-wait.ts';
import type { Build, BuildOptions, Surroundings } from './build.ts';
import { openBuild } from './recipe.ts';

/** Folders in the store for an image that is being made, and for the work on it: found again wherever podbsd is called. */
const MAKING = '.making';
const WORK = '.work';

export interface IntoStore {
  readonly surroundings: Surroundings;
  readonly reporter: () => Reporter;
  readonly dryRun: boolean;
  /** Looked at again after another podbsd has been at work: an image that it has made may do. */
  readonly enough?: () => Promise<StoredImage | undefined>;
}

/** Where a build that makes an image in the store works, and what it leaves when it is interrupted. */
export function intoStore(store: string): { readonly out: string; readonly state: string } {
  return { out: join(store, MAKING), state: join(store, WORK) };
}

/**
 * Makes an image in the store. Interrupted at any point, the next call goes on. While another podbsd makes one, this one
 * waits, and says so.
 * @returns undefined in a dry run, which makes none.
 */
export async function buildIntoStore(
  store: string,
  options: Omit<BuildOptions, 'out' | 'state' | 'asks'>,
  into: IntoStore,
): Promise<StoredImage | undefined> {
  const { surroundings, reporter, dryRun } = into;
  const places = intoStore(store);
  const opened = await openBuild({ ...options, ...places, asks: !dryRun }, surroundings);
  try {
    await opened.check?.();
    if (!dryRun) return await underLock(store, opened, into);
    await opened.run({ range: {}, reporter });
    return undefined;
  } finally {
    await opened.close();
  }
}

async function underLock(
  store: string,
  build: Build,
  { surroundings, reporter, enough }: IntoStore,
): Promise<StoredImage | undefined> {
  const places = intoStore(store);
  await mkdir(store, { recursive: true });
  const lock = await waitForLock(new LocalHost(), storeLock(store), {
    work: 'making an image',
    say: (text) => surroundings.say(text),
    signal: surroundings.signal,
  });
  try {
    // Of a podbsd that was killed at the very end.
    if (await exists(join(places.out, CHECKSUMS_NAME))) await adoptImage(store, places.out);
    const made = await enough?.();
    if (made !== undefined) return made;
    await rm(places.out, { recursive: true, force: true });
    await build.run({ range: {}, reporter });
    return await adoptImage(store, places.out);
  } finally {
    await lock.release();
  }
}
