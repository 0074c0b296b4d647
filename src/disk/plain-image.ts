import { mkdtemp, rename, rm } from 'node:fs/promises';
import { identifyFile } from './identify.ts';
import { UnreadableDisk, openDisk } from './open-disk.ts';
import { diskInImage } from './open-image.ts';
import { convertDisk } from './qemu-img.ts';

export interface PlainImageOptions {
  /** An image in any format, packed or not. */
  readonly from: string;
  /** Appears when it is complete: raw or qcow2, and not packed. */
  readonly to: string;
  /** Bytes of a packed file so far. */
  readonly onProgress?: ((done: number) => void) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Whether a file is raw or qcow2 with all of its disk in it, so that podbsd and QEMU both use it as it is.
 * @returns false for packed files and other formats; for what is no disk, makePlainImage reports it.
 */
export async function isPlainImage(path: string): Promise<boolean> {
  const kind = await identifyFile(path);
  if (kind.kind !== 'disk' || (kind.format !== 'raw' && kind.format !== 'qcow2')) return false;
  try {
    await (await openDisk(path)).close();
    return true;
  } catch (error) {
    if (error instanceof UnreadableDisk) return false;
    throw error;
  }
}

/** Makes such a file from any other image. */
export async function makePlainImage({ from, to, onProgress, signal }: PlainImageOptions): Promise<void> {
  const scratch = await mkdtemp(`${to}.`);
  try {
    const disk = await diskInImage(from, { scratch, onProgress, signal });
    if (disk.path !== from && (await isPlainImage(disk.path))) {
      await rename(disk.path, to);
      return;
    }
    const path = `${scratch}/converted`;
    await convertDisk(disk, { path, format: 'qcow2' }, signal);
    await rename(path, to);
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}
