import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { errnoOf } from '../errors.ts';
import { fileProblem } from '../file-problem.ts';
import type { Lack } from './lack.ts';
import { nearestFolder } from './nearest-folder.ts';

/** A folder, there already or still to be made, in which this user cannot make files. */
export async function lackOfWriting(folder: string): Promise<Lack | undefined> {
  const there = nearestFolder(folder);
  const remedy = `give this user the right to write there, or choose another folder than ${folder}`;
  try {
    if (!(await stat(there)).isDirectory())
      return {
        problem: `${there} is a file${there === resolve(folder) ? ', and a folder is needed' : `, so ${folder} cannot be made`}`,
        remedy: `choose another folder than ${folder}`,
      };
    await access(there, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const reason = errnoOf(error) === 'EACCES' ? 'this user may not write there' : fileProblem(error);
    return { problem: `${there} cannot be written: ${reason}`, remedy };
  }
}
