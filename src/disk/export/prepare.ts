import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { readBytes, type BlockSource } from '../block-source.ts';
import { readGpt, type Gpt } from '../gpt/read.ts';
import { SECTOR, entrySectors, looksLikeHeader } from '../gpt/table.ts';
import { moveBackupGpt } from '../gpt/write.ts';
import { PatchedSource } from '../patched-source.ts';

const MiB = 1024 * 1024;
/** Sectors of "4Kn" disks; their partition table begins in the second of these. */
const LARGE_SECTOR = 4096;

export interface PreparedDisk {
  /** The disk as it will be exported. Closing it closes the one below. */
  readonly disk: BlockSource;
  /** Whether the disk has a partition table that can be used. */
  readonly partitioned: boolean;
  readonly notices: readonly string[];
}

/**
 * Shows a disk as it should be: padded to whole mebibytes (images from mkimg(1) end at an odd sector, and hypervisors
 * round such disks in different ways) and with the backup GPT at the new end. It is only read.
 * @param path of the image, for messages.
 * @throws PodbsdError when the image is cut off. The disk is then closed.
 */
export async function prepareDisk(file: BlockSource, path: string): Promise<PreparedDisk> {
  try {
    const gpt = await readGpt(file);
    expectWhole(path, file.size, gpt);
    const size = Math.ceil(Math.max(file.size, endOfTable(gpt)) / MiB) * MiB;
    const patches = await moveBackupGpt(file, gpt, size);
    return {
      disk: new PatchedSource(file, size, patches ?? []),
      partitioned: patches !== undefined,
      notices: patches === undefined ? [await whyNoTable(file, gpt)] : repairs(gpt),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** A copy or download that stopped too early leaves a file that is shorter than its table says. */
function expectWhole(path: string, size: number, { partitions }: Gpt): void {
  const beyond = partitions.find((partition) => (partition.lastLba + 1) * SECTOR > size);
  if (beyond === undefined) return;
  throw new PodbsdError({
    doing: `exporting ${path}`,
    problem: `the image is cut off: it has ${size} bytes, but its partition ${beyond.index} ends at byte ${(beyond.lastLba + 1) * SECTOR}`,
    remedy: 'copy, unpack or build the image again',
    exitCode: ExitCode.data,
  });
}

/** Bytes up to the end of the last partition and the backup table that has to follow it. */
function endOfTable({ primary, backup, partitions }: Gpt): number {
  const whole = primary.ok ? primary : backup;
  if (!whole.ok) return 0;
  const endOfData = Math.max(...partitions.map((partition) => partition.lastLba + 1), 0);
  return (endOfData + entrySectors(whole.table) + 1) * SECTOR;
}

function repairs({ primary, backup }: Gpt): string[] {
  if (!primary.ok) return [`the primary GPT was damaged and is repaired: ${primary.problem}`];
  if (!backup.ok) return [`the backup GPT was missing or damaged and is rebuilt: ${backup.problem}`];
  return [];
}

async function whyNoTable(file: BlockSource, { primary, backup }: Gpt): Promise<string> {
  const headerAt = async (offset: number): Promise<boolean> =>
    looksLikeHeader(await readBytes(file, offset, SECTOR));
  if (await headerAt(LARGE_SECTOR))
    return `the disk is partitioned in sectors of ${LARGE_SECTOR} bytes; podman machines have sectors of ${SECTOR} bytes and cannot boot it; it is exported as it is`;
  const last = (Math.floor(file.size / SECTOR) - 1) * SECTOR;
  const damaged = (await headerAt(SECTOR)) || (last > 0 && (await headerAt(last)));
  if (!damaged || primary.ok || backup.ok)
    return 'the disk has no GUID partition table; it is exported as it is';
  return `both copies of the GUID partition table are damaged (${primary.problem}; ${backup.problem}); the disk is exported as it is`;
}
