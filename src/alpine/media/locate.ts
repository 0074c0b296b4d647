import { ExitCode, PodbsdError, errnoOf } from '../../ground/errors.ts';
import { fileProblem } from '../../ground/file-problem.ts';
import { openRegular } from '../../ground/regular-file.ts';
import { MBR_GPT_PROTECTIVE, readMbr } from '../../disk/mbr.ts';
import { SECTOR } from './mbr.ts';

/**
 * Where the FAT file system of a disk image begins, in bytes: at its first partition, wherever the tool that made the
 * image has put it (gpart(8) aligns differently than podbsd), or at 0 in an image without partitions. Undefined when
 * the file is no such image.
 * @throws PodbsdError when it is no file that can be read.
 */
export async function fatOffset(path: string): Promise<number | undefined> {
  const sector = await firstSector(path);
  if (sector === undefined || sector.readUInt16LE(0) === GZIP || sector.readUInt16LE(510) !== 0xaa55)
    return undefined;
  if (/^FAT(12|16) /.test(sector.toString('latin1', 54)) || sector.toString('latin1', 82, 87) === 'FAT32')
    return 0;
  const partition = readMbr(sector)?.find(
    ({ type, firstLba }) => type !== MBR_GPT_PROTECTIVE && firstLba !== 0,
  );
  return partition === undefined ? undefined : partition.firstLba * SECTOR;
}

/** The first two bytes of a gzip file, which may have anything at offset 510. */
const GZIP = 0x8b1f;

async function firstSector(path: string): Promise<Buffer | undefined> {
  const fail = (problem: string, cause?: unknown): PodbsdError =>
    new PodbsdError({
      doing: `reading the overlay ${path}`,
      problem,
      remedy: 'name the archive NAME.apkovl.tar.gz or the disk apkovl.img',
      exitCode: ExitCode.usage,
      cause,
    });
  try {
    const file = await openRegular(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(SECTOR), 0, SECTOR, 0);
      return bytesRead === SECTOR ? buffer : undefined;
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') throw fail('there is no such file', error);
    throw fail(fileProblem(error), error);
  }
}
