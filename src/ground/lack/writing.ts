import { constants } from 'node:fs';
import { access, lstat, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
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
    const link = await brokenLink(folder, there);
    if (link === undefined) return undefined;
    return {
      problem: `${link} is a link that leads nowhere`,
      remedy: `make what it leads to, or choose another folder than ${folder}`,
    };
  } catch (error) {
    const reason = errnoOf(error) === 'EACCES' ? 'this user may not write there' : fileProblem(error);
    return { problem: `${there} cannot be written: ${reason}`, remedy };
  }
}

/** A link below what is there, in whose place no folder can be made. */
async function brokenLink(folder: string, there: string): Promise<string | undefined> {
  const [below = ''] = relative(there, resolve(folder)).split(sep);
  const link = join(there, below);
  return below !== '' && (await lstat(link).catch(() => undefined)) !== undefined ? link : undefined;
}
