import { join } from 'node:path';
import * as z from 'zod';
import { cacheHome } from '../../ground/xdg.ts';
import type { Host } from '../../host/host.ts';

/** File names of the ISO images that `fetch` has downloaded: the newest and the one before. */
const storeSchema = z.object({ current: z.string(), previous: z.string().optional() });
export type IsoStore = z.infer<typeof storeSchema>;

/** Where ISO images are kept: `$XDG_CACHE_HOME/podbsd/alpine`, by default below ~/.cache. */
export function isoFolder(): string {
  return join(cacheHome(), 'podbsd', 'alpine');
}

export async function readStore(host: Host, folder: string): Promise<IsoStore | undefined> {
  const text = await host.readText(join(folder, 'images.json'));
  if (text === undefined) return undefined;
  try {
    return storeSchema.safeParse(JSON.parse(text)).data;
  } catch {
    // A damaged list counts as none: the next fetch writes it again.
    return undefined;
  }
}

/**
 * Records a new image. The previous one stays, so that an upgrade can be undone; the one before that, which only fetch
 * can have put there, is removed.
 */
export async function recordImage(host: Host, folder: string, file: string): Promise<IsoStore> {
  const before = await readStore(host, folder);
  if (before?.current === file) return before;
  const store = { current: file, ...(before === undefined ? {} : { previous: before.current }) };
  await host.writeFile(join(folder, 'images.json'), `${JSON.stringify(store, undefined, 2)}\n`);
  const old = before?.previous;
  if (old !== undefined && old !== file && !old.includes('/')) {
    await host.remove(join(folder, old));
    await host.remove(join(folder, `${old}.asc`));
  }
  return store;
}
