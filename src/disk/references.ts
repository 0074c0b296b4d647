import { readBytes } from './block-source.ts';
import { FileSource } from './file-source.ts';
import type { DiskFile } from './qemu-img.ts';

/** Where a qcow2 header (docs/interop/qcow2.txt of QEMU) names its backing file, and its incompatible features. */
const QCOW2_BACKING_AT = 8;
const QCOW2_FEATURES_AT = 72;
const EXTERNAL_DATA = 4n;

/** Bytes from the start that hold a VMDK's descriptor. */
const DESCRIPTOR_BYTES = 64 * 1024;

/**
 * Whether a disk image keeps a part of its disk in another file that it names: a backing file, an external data file,
 * the extents of a VMDK. Such an image from a stranger could bring files of this host into the guest.
 */
export async function refersToOthers({ path, format }: DiskFile): Promise<boolean> {
  const file = await FileSource.open(path);
  try {
    const head = await readBytes(file, 0, DESCRIPTOR_BYTES);
    if (format === 'qcow2') {
      const version3 = head.readUInt32BE(4) === 3;
      const external = version3 && (head.readBigUInt64BE(QCOW2_FEATURES_AT) & EXTERNAL_DATA) !== 0n;
      return external || head.readBigUInt64BE(QCOW2_BACKING_AT) !== 0n;
    }
    return (
      format === 'vmdk' && (head.toString('latin1', 0, 1) === '#' || head.includes('parentFileNameHint'))
    );
  } finally {
    await file.close();
  }
}
