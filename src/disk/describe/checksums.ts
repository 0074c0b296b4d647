import { join } from 'node:path';
import { ExitCode, PodbsdError, errnoOf } from '../../ground/errors.ts';
import { fileProblem } from '../../ground/file-problem.ts';
import { readRegular } from '../../ground/regular-file.ts';
import { hashFile } from '../hash.ts';

export const CHECKSUMS_NAME = 'SHA256SUMS';

export interface Checksum {
  readonly name: string;
  readonly sha256: string;
}

/** The text that `sha256sum -c`, `shasum -a 256 -c` and FreeBSD's `sha256sum -c` read. */
export function formatChecksums(checksums: readonly Checksum[]): string {
  return checksums.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');
}

/** @throws Error that names the line that does not belong in a checksum file. */
export function parseChecksums(text: string): Checksum[] {
  return text
    .split('\n')
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      // A name with a slash would point outside of the folder.
      const found = /^([0-9a-f]{64}) [ *]([^/\r]+)$/.exec(line);
      if (found?.[1] === undefined || found[2] === undefined)
        throw new Error(`line ${number} is not a checksum and a file name`);
      return { sha256: found[1], name: found[2] };
    });
}

export interface CheckedFile {
  readonly name: string;
  readonly state: 'ok' | 'changed' | 'missing';
}

/**
 * Hashes every file that SHA256SUMS in `dir` names.
 * @throws PodbsdError when there is no SHA256SUMS or it cannot be parsed.
 */
export async function verifyChecksums(dir: string, signal?: AbortSignal): Promise<CheckedFile[]> {
  const checksums = await readChecksums(join(dir, CHECKSUMS_NAME));
  const checked: CheckedFile[] = [];
  for (const { name, sha256 } of checksums) {
    signal?.throwIfAborted();
    checked.push({ name, state: await stateOf(join(dir, name), sha256, signal) });
  }
  return checked;
}

async function stateOf(path: string, sha256: string, signal?: AbortSignal): Promise<CheckedFile['state']> {
  try {
    return (await hashFile(path, { signal })).sha256 === sha256 ? 'ok' : 'changed';
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return 'missing';
    throw error;
  }
}

async function readChecksums(path: string): Promise<Checksum[]> {
  try {
    return parseChecksums((await readRegular(path)).toString());
  } catch (error) {
    throw new PodbsdError({
      doing: 'checking exported files',
      problem: `${path}: ${fileProblem(error)}`,
      remedy: 'name the folder that `podbsd export` or `podbsd build-image` has written',
      exitCode: ExitCode.data,
      cause: error,
    });
  }
}
