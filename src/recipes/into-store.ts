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

/**
 * Makes an image in the store. Interrupted at any point, the next call goes on.
 * @returns undefined in a dry run, which makes none.
 */
export async function buildIntoStore(
  store: string,
  options: Omit<BuildOptions, 'out' | 'state'>,
  { surroundings, reporter }: { readonly surroundings: Surroundings; readonly reporter: () => Reporter },
): Promise<StoredImage | undefined> {
  const making = join(store, MAKING);
  const build = await openBuild({ ...options, out: making, state: join(store, WORK) }, surroundings);
  try {
    await build.run({ range: {}, reporter });
  } finally {
    await build.close();
  }
  return (await exists(join(making, MANIFEST_NAME))) ? await adoptImage(store, making) : undefined;
}
