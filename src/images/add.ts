import { constants, copyFile, mkdir, mkdtemp, readdir, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { readRegular } from '../ground/regular-file.ts';
import { CHECKSUMS_NAME, parseChecksums } from '../disk/describe/checksums.ts';
import { MANIFEST_NAME } from '../disk/describe/manifest.ts';
import { copySparse } from '../disk/copy-sparse.ts';
import { errnoOf } from '../ground/errors.ts';
import { adoptImage, sameImage, type StoredImage } from './store.ts';

export interface Added {
  readonly image: StoredImage;
  /** It was not in the store before. */
  readonly isNew: boolean;
}

/**
 * Puts a copy of an export into the store. Where the file system can share blocks between files it takes no space; holes
 * stay holes everywhere.
 *
 * @param dir the folder of the export; other files in it are left out.
 */
export async function addImage(store: string, dir: string, signal?: AbortSignal): Promise<Added> {
  const same = await sameImage(store, dir);
  if (same !== undefined) return { image: same, isNew: false };
  await mkdir(store, { recursive: true });
  const adding = await mkdtemp(join(store, '.adding-'));
  for (const name of await filesOf(dir)) {
    signal?.throwIfAborted();
    await copy(join(dir, name), join(adding, name), signal);
  }
  // When it was made is the time of its description.
  const { atime, mtime } = await stat(join(dir, MANIFEST_NAME));
  await utimes(join(adding, MANIFEST_NAME), atime, mtime);
  return { image: await adoptImage(store, adding), isNew: true };
}

/** What the checksums are of, the checksums, and their signature. */
async function filesOf(dir: string): Promise<readonly string[]> {
  const sums = parseChecksums((await readRegular(join(dir, CHECKSUMS_NAME))).toString());
  const signed = (await readdir(dir)).filter((name) => name.startsWith(`${CHECKSUMS_NAME}.`));
  return [...new Set([...sums.map(({ name }) => name), CHECKSUMS_NAME, ...signed])];
}

async function copy(from: string, to: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE | constants.COPYFILE_EXCL);
  } catch (error) {
    // The file system cannot do it, or it is another one.
    if (errnoOf(error) === undefined || errnoOf(error) === 'ENOENT') throw error;
    await copySparse(from, to, signal);
  }
}
