import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { errnoOf } from '../../src/ground/errors.ts';

/** Where downloads and unpacked packages stay between runs: `$XDG_CACHE_HOME/podbsd`, by default `~/.cache/podbsd`. */
export function cachePath(...parts: readonly string[]): string {
  const set = process.env['XDG_CACHE_HOME'];
  const base = set === undefined || set === '' ? join(homedir(), '.cache') : set;
  return join(base, 'podbsd', ...parts);
}

/**
 * A folder in the cache, made on first use. `fill` works in a folder beside it, which is renamed when complete: other
 * processes see the whole content or nothing, and when two make it at the same time the first to finish wins.
 */
export async function cachedFolder(path: string, fill: (folder: string) => Promise<void>): Promise<string> {
  if (await exists(path)) return path;
  await mkdir(dirname(path), { recursive: true });
  const making = await mkdtemp(`${path}.making-`);
  try {
    await fill(making);
    await rename(making, path);
  } catch (error) {
    await rm(making, { recursive: true, force: true });
    const code = errnoOf(error);
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error;
  }
  return path;
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
