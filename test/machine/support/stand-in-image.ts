import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildDisk, type ChangeGuest } from '../../standin/disk.ts';

/** Makes a raw disk image of the stand-in guest as it is now. */
export async function standInImage(file: string, change?: ChangeGuest): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'podbsd-image-'));
  try {
    await copyFile(await buildDisk(scratch, change), file);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
