/** The qcow2 header as docs/interop/qcow2.txt of QEMU describes it. All numbers are big-endian. */

export const QCOW2_MAGIC = Buffer.from('QFI\xfb', 'latin1');

/** Bytes that parseQcow2Header needs. */
export const QCOW2_HEADER_BYTES = 112;

/** In an L1 or L2 entry: the cluster belongs to nothing else (refcount 1). */
export const COPIED = 1n << 63n;
/** In an L2 entry: the cluster is compressed. */
export const COMPRESSED = 1n << 62n;
/** In an L1 or L2 entry: where the table or cluster starts in the file. */
export const OFFSET_MASK = 0x00ff_ffff_ffff_fe00n;
/** In an L2 entry of version 3: the cluster reads as zeros whatever its offset says. */
export const READS_AS_ZEROS = 1n;

export interface Qcow2Header {
  readonly version: 2 | 3;
  readonly clusterBits: number;
  /** Bytes of the guest's disk. */
  readonly size: number;
  /** Number of L1 entries. */
  readonly l1Size: number;
  readonly l1Offset: number;
}

/** Incompatible features that do not change where data lies: dirty refcounts (0), marked corrupt (1), compression type (3). */
const HARMLESS_FEATURES = 0b1011n;

/**
 * @throws Error that says which feature of the image is not supported: backing file, encryption, external data file,
 * extended L2 entries, or clusters compressed with anything but deflate.
 */
export function parseQcow2Header(bytes: Buffer): Qcow2Header {
  if (bytes.length < QCOW2_HEADER_BYTES || !bytes.subarray(0, 4).equals(QCOW2_MAGIC))
    throw new Error('not a qcow2 image');
  const version = bytes.readUInt32BE(4);
  if (version !== 2 && version !== 3) throw new Error(`qcow2 version ${version} is not supported`);
  if (bytes.readBigUInt64BE(8) !== 0n)
    throw new Error('the qcow2 image has a backing file, which is not supported');
  if (bytes.readUInt32BE(32) !== 0) throw new Error('the qcow2 image is encrypted, which is not supported');
  const clusterBits = bytes.readUInt32BE(20);
  if (clusterBits < 9 || clusterBits > 21)
    throw new Error(`the qcow2 image has a cluster size of 2^${clusterBits}`);
  if (version === 3) refuseUnknownFeatures(bytes);
  return {
    version,
    clusterBits,
    size: Number(bytes.readBigUInt64BE(24)),
    l1Size: bytes.readUInt32BE(36),
    l1Offset: Number(bytes.readBigUInt64BE(40)),
  };
}

function refuseUnknownFeatures(bytes: Buffer): void {
  const features = bytes.readBigUInt64BE(72);
  if ((features & ~HARMLESS_FEATURES) !== 0n)
    throw new Error(`the qcow2 image uses features that are not supported (0x${features.toString(16)})`);
  const compressionType = (features & 8n) === 0n ? 0 : bytes.readUInt8(104);
  if (compressionType !== 0)
    throw new Error(`the qcow2 image uses compression type ${compressionType}, which is not supported`);
}
