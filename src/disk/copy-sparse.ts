import { open } from 'node:fs/promises';
import { MIB } from '../ground/sizes.ts';

/** Bytes that are read at once, and the smallest run of zeros that becomes a hole. */
const CHUNK = MIB;

/** Copies a file; where it holds a mebibyte of zeros the copy has a hole. */
export async function copySparse(from: string, to: string, signal?: AbortSignal): Promise<void> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'w');
    try {
      const buffer = Buffer.allocUnsafe(CHUNK);
      const zeros = Buffer.alloc(CHUNK);
      let offset = 0;
      for (;;) {
        signal?.throwIfAborted();
        const { bytesRead } = await source.read(buffer, 0, CHUNK, offset);
        if (bytesRead === 0) break;
        const chunk = buffer.subarray(0, bytesRead);
        if (!chunk.equals(zeros.subarray(0, bytesRead))) await writeAll(target, chunk, offset);
        offset += bytesRead;
      }
      await target.truncate(offset);
      await target.sync();
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function writeAll(
  file: Awaited<ReturnType<typeof open>>,
  bytes: Buffer,
  offset: number,
): Promise<void> {
  for (let done = 0; done < bytes.length;)
    done += (await file.write(bytes, done, bytes.length - done, offset + done)).bytesWritten;
}
