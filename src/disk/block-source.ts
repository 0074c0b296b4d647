/** A disk that can be read at any place: a raw file, a qcow2 file, or a view of another one. */
export interface BlockSource {
  /** Bytes that a guest would see. */
  readonly size: number;
  /** Fills the whole buffer from `offset` on. What lies beyond the end reads as zeros. */
  read(buffer: Buffer, offset: number): Promise<void>;
  close(): Promise<void>;
}

/** Reads `length` bytes into a new buffer. */
export async function readBytes(source: BlockSource, offset: number, length: number): Promise<Buffer> {
  const buffer = Buffer.alloc(length);
  await source.read(buffer, offset);
  return buffer;
}
