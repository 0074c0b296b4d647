import { readFile, stat } from 'node:fs/promises';
import { errnoOf } from './errors.ts';
import { notRegular } from './regular-file.ts';

/**
 * The text of a file of podbsd's own machine; undefined when there is none. A pipe, socket or device is never opened: it
 * might not answer, or without end. Only /dev/null, by a link to which people switch a file off, reads as empty.
 *
 * @throws Error with the system's code; EFTYPE, which is FreeBSD's, for what is no file.
 */
export async function readText(path: string): Promise<string | undefined> {
  try {
    const found = await stat(path);
    if (found.isFile() || found.isDirectory()) return await readFile(path, 'utf8');
    if (found.isCharacterDevice() && found.rdev === (await stat('/dev/null')).rdev) return '';
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
  throw notRegular(path);
}
