import { lstat } from 'node:fs/promises';
import { errnoOf } from './errors.ts';

/** Whether anything has this path on podbsd's own machine, a dangling link included. Other errors are thrown. */
export async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    const code = errnoOf(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return false;
    throw error;
  }
}
