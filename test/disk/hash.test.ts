import { createHash, randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hashFile } from '../../src/disk/hash.ts';
import { tempDir } from '../support/temp-dir.ts';

const MIB = 1024 * 1024;

describe('hashFile', () => {
  it.each([0, 1, 4097, MIB, 2 * MIB, 3 * MIB + 1])(
    'reads %i bytes in their order, and hands out each piece before the next',
    async (size) => {
      const path = join(await tempDir(), 'file');
      const content = randomBytes(size);
      await writeFile(path, content);
      const seen: Buffer[] = [];
      const counted: number[] = [];
      const onBytes = (count: number): void => void counted.push(count);
      const found = await hashFile(path, { onBytes }, async (chunk) => {
        // As a program does that takes its time.
        await new Promise(setImmediate);
        seen.push(Buffer.from(chunk));
      });
      expect(found).toEqual({ sha256: createHash('sha256').update(content).digest('hex'), size });
      expect(Buffer.concat(seen).equals(content)).toBe(true);
      expect(counted).toEqual(seen.map((chunk) => chunk.length));
    },
  );

  it('stops between two pieces, and passes on what a program says that takes them', async () => {
    const path = join(await tempDir(), 'file');
    await writeFile(path, randomBytes(3 * MIB));
    const stop = new AbortController();
    let taken = 0;
    const stopped = hashFile(path, { signal: stop.signal }, async () => {
      if (++taken === 2) stop.abort(new Error('enough'));
      await Promise.resolve();
    });
    await expect(stopped).rejects.toThrow('enough');
    expect(taken).toBe(2);
    await expect(hashFile(path, {}, () => Promise.reject(new Error('broken pipe')))).rejects.toThrow(
      'broken pipe',
    );
  });
});
