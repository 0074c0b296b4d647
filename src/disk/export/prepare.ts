import { readGpt } from '../gpt/read.ts';
import { SECTOR } from '../gpt/table.ts';
import { moveBackupGpt } from '../gpt/write.ts';
import { FileSource } from '../file-source.ts';
import { PatchedSource } from '../patched-source.ts';
import type { BlockSource } from '../block-source.ts';

const MiB = 1024 * 1024;
/** Sectors that the backup table takes at the end of a disk: 32 of entries, one header. */
const BACKUP_SECTORS = 33;

export interface PreparedDisk {
  /** The disk as it will be exported. Closing it closes the file. */
  readonly disk: BlockSource;
  readonly notices: readonly string[];
}

/**
 * Opens a raw image and shows it as it should be: flushed, padded to whole mebibytes (images from mkimg(1) end at an
 * odd sector, and hypervisors round such disks in different ways) and with the backup GPT at the new end. The file is
 * only read.
 */
export async function prepareDisk(path: string): Promise<PreparedDisk> {
  const file = await FileSource.open(path);
  try {
    await file.flush();
    const gpt = await readGpt(file);
    const endOfData = Math.max(...gpt.partitions.map((partition) => partition.lastLba + 1), 0);
    const needed = endOfData === 0 ? file.size : Math.max(file.size, (endOfData + BACKUP_SECTORS) * SECTOR);
    const size = Math.ceil(needed / MiB) * MiB;
    const patches = await moveBackupGpt(file, gpt, size);
    const notices: string[] = [];
    if (patches === undefined) notices.push('The disk has no GUID partition table; it is exported as it is.');
    else if (!gpt.primary.ok)
      notices.push(`The primary GPT was damaged and is repaired: ${gpt.primary.problem}.`);
    return { disk: new PatchedSource(file, size, patches ?? []), notices };
  } catch (error) {
    await file.close();
    throw error;
  }
}
