import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { ExitCode } from '../errors.ts';
import { fileProblem } from '../file-problem.ts';
import { expectRegular } from '../regular-file.ts';
import type { Lack } from './lack.ts';

/**
 * A file that is not there or that this user may not read.
 * @param what it is, at the start of a sentence: `the signing key`.
 */
export async function lackOfFile(path: string, what: string, remedy: string): Promise<Lack | undefined> {
  try {
    await expectRegular(path);
    await access(path, constants.R_OK);
    return undefined;
  } catch (error) {
    return { problem: `${what} ${path}: ${fileProblem(error)}`, remedy, exitCode: ExitCode.data };
  }
}
