import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';

/** Milliseconds since anything changed in a folder: a podbsd at work changes it far more often. */
const ABANDONED = 3_600_000;

/** Whether a folder is this user's, and nothing in it has changed for an hour: whoever made it has ended. */
export async function isAbandoned(path: string, now = Date.now()): Promise<boolean> {
  const found = await stat(path).catch(() => undefined);
  const own = process.getuid?.() ?? found?.uid;
  if (found?.isDirectory() !== true || found.uid !== own) return false;
  const times = await Promise.all(
    (await readdir(path).catch(() => [])).map(
      async (name) => (await stat(join(path, name)).catch(() => found)).mtimeMs,
    ),
  );
  return Math.max(found.mtimeMs, ...times) < now - ABANDONED;
}
