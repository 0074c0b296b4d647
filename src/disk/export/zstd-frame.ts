/** Bytes at the start of a cluster that the frame holds as they are; the rest must be zeros. */
const PLAIN = 512;

/** Length of every frame that headFrame makes. */
export const HEAD_FRAME_BYTES = 4 + 1 + 4 + (3 + PLAIN) + (3 + 1);

/**
 * One complete zstd frame (RFC 8878) that unpacks to a cluster of which only the first 512 bytes are used. Its length
 * is always the same, so that its place can be kept free while the rest of a file, which follows as further frames,
 * is compressed before the first cluster is known.
 */
export function headFrame(cluster: Buffer): Buffer {
  const rest = cluster.length - PLAIN;
  if (rest <= 0 || cluster.length > 128 * 1024) throw new Error(`cluster of ${cluster.length} bytes`);
  if (cluster.subarray(PLAIN).some((byte) => byte !== 0))
    throw new Error('the cluster is used beyond its first 512 bytes');
  const frame = Buffer.alloc(HEAD_FRAME_BYTES);
  frame.writeUInt32LE(0xfd2fb528, 0);
  frame.writeUInt8(0b1010_0000, 4); // content size in 4 bytes, single segment, no checksum
  frame.writeUInt32LE(cluster.length, 5);
  frame.writeUIntLE(PLAIN << 3, 9, 3); // raw block, not the last
  cluster.copy(frame, 12, 0, PLAIN);
  frame.writeUIntLE((rest << 3) | 0b011, 12 + PLAIN, 3); // run-length block of one zero, the last
  return frame;
}
