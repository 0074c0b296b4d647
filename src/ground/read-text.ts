import { readFile } from 'node:fs/promises';
import { errnoOf } from './errors.ts';

/** The text of a file of podbsd's own machine; undefined when there is none. Other errors are thrown. */
export async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw error;
  }
}
