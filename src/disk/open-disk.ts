import { readBytes, type BlockSource } from './block-source.ts';
import { FileSource } from './file-source.ts';
import { FORMAT_MAGIC_BYTES, detectDiskFormat } from './format.ts';
import { Qcow2Source } from './qcow2/reader.ts';

/**
 * Opens the disk inside a raw or qcow2 file.
 * @throws Error when the file is packed or of a format that cannot be read here.
 */
export async function openDisk(path: string): Promise<BlockSource> {
  const file = await FileSource.open(path);
  try {
    const format = detectDiskFormat(await readBytes(file, 0, FORMAT_MAGIC_BYTES));
    if (format === 'raw') return file;
    if (format === 'qcow2') return await Qcow2Source.open(file);
    throw new Error(`${path} is ${format}, not a raw or qcow2 disk image`);
  } catch (error) {
    await file.close();
    throw error;
  }
}
