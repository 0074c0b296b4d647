import { join } from 'node:path';
import { MANIFEST_NAME } from '../disk/describe/manifest.ts';
import { exists } from '../ground/exists.ts';
import { adoptImage, type StoredImage } from '../images/store.ts';
import type { Reporter } from '../pipeline/events.ts';
import type { BuildOptions, Surroundings } from './build.ts';
import { openBuild } from './recipe.ts';

/** Folders in the store for an image that is being made, and for the work on it: found again wherever podbsd is called. */
const MAKING = '.making';
const WORK = '.work';

/** Where a build that makes an image in the store works, and what it leaves when it is interrupted. */
export function intoStore(store: string): { readonly out: string; readonly state: string } {
  return { out: join(store, MAKING), state: join(store, WORK) };
}

/**
 * Makes an image in the store. Interrupted at any point, the next call goes on.
 * @returns undefined in a dry run, which makes none.
 */
export async function buildIntoStore(
  store: string,
  options: Omit<BuildOptions, 'out' | 'state'>,
  { surroundings, reporter }: { readonly surroundings: Surroundings; readonly reporter: () => Reporter },
): Promise<StoredImage | undefined> {
  const places = intoStore(store);
  const build = await openBuild({ ...options, ...places }, surroundings);
  try {
    await build.run({ range: {}, reporter });
  } finally {
    await build.close();
  }
  return (await exists(join(places.out, MANIFEST_NAME))) ? await adoptImage(store, places.out) : undefined;
}
