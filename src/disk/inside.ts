import type { BlockSource } from './block-source.ts';
import { hasFreebsdPartition } from './guest-os.ts';
import { identify } from './identify.ts';
import { UnreadableDisk, describeKind, openDisk } from './open-disk.ts';
import type { DiskFile } from './qemu-img.ts';
import { QemuSource } from './qemu-source.ts';

/** What the disk in an image holds. */
export type Inside =
  | { readonly kind: 'disk'; readonly freebsd: boolean }
  /** No disk that boots. What it looks like, as the end of a sentence "it is ...". */
  | { readonly kind: 'other'; readonly what: string };

/**
 * Looks at what an image shows a guest, in every format with the same eyes: a qcow2 file may hold nothing, a text or a
 * packed file as well as a raw one may. It reads a few kilobytes.
 */
export async function insideOf(disk: DiskFile): Promise<Inside> {
  const source = await openAnyDisk(disk);
  try {
    const kind = await identify(source);
    // Of another format: somebody called a file raw that was not, and packed it a second time.
    if (kind.kind !== 'disk' || kind.plainBytes === undefined)
      return { kind: 'other', what: describeKind(kind) };
    return { kind: 'disk', freebsd: await hasFreebsdPartition(source) };
  } finally {
    await source.close();
  }
}

/** Opens a disk for a few looks at it: what podbsd does not read itself through qemu-img. */
export async function openAnyDisk(disk: DiskFile): Promise<BlockSource> {
  try {
    return await openDisk(disk.path);
  } catch (error) {
    if (!(error instanceof UnreadableDisk)) throw error;
    return await QemuSource.open(disk);
  }
}
