import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbandoned } from '../ground/abandoned.ts';
import { exists } from '../ground/exists.ts';
import type { StoredImage } from './store.ts';

/** Renamed first: an interrupted removal leaves no partial image. */
export async function removeImage(store: string, { name, dir }: StoredImage): Promise<void> {
  const going = join(store, `.removing-${name}-${process.pid}`);
  await rename(dir, going);
  await rm(going, { recursive: true, force: true });
}

/** What interrupted removals and additions have left in the store. Additions that may be under way are none of it. */
export async function leftOvers(store: string): Promise<readonly string[]> {
  const names = (await exists(store)) ? await readdir(store) : [];
  const left: string[] = [];
  for (const name of names)
    if (
      name.startsWith('.removing-') ||
      (name.startsWith('.adding-') && (await isAbandoned(join(store, name))))
    )
      left.push(join(store, name));
  return left;
}

/** What only saves time later: downloads, and the layers of the last bake. */
export async function workIn(store: string): Promise<readonly string[]> {
  const paths = ['.work', '.making', '.downloads'].map((name) => join(store, name));
  const there = await Promise.all(paths.map(exists));
  return paths.filter((_path, index) => there[index]);
}
