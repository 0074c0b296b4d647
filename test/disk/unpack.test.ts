import { existsSync } from 'node:fs';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { unpackImage } from '../../src/disk/unpack.ts';
import { tempDir } from '../support/temp-dir.ts';
import { missing } from '../support/programs.ts';

const MIB = 1024 * 1024;

describe.skipIf(missing('xz', 'zstd', 'bzip2') !== undefined)('unpacking a base image', () => {
  it.each([
    ['xz', 'xz', '.xz'],
    ['zstd', 'zstd', '.zst'],
    ['gzip', 'gzip', '.gz'],
    ['bzip2', 'bzip2', '.bz2'],
  ] as const)(
    'of %s gives the same bytes, with holes where there are zeros',
    async (packing, program, suffix) => {
      const folder = await tempDir();
      const disk = Buffer.alloc(8 * MIB + 700);
      disk.write('boot', 0);
      disk.write('end', disk.length - 3);
      await writeFile(join(folder, 'disk'), disk);
      await execa(program, ['-q', '-k', join(folder, 'disk')]);
      let last = 0;
      await unpackImage({
        from: join(folder, `disk${suffix}`),
        packing,
        to: join(folder, 'out'),
        signal: new AbortController().signal,
        onProgress: (done) => (last = done),
      });
      expect(disk.equals(await readFile(join(folder, 'out')))).toBe(true);
      expect((await stat(join(folder, 'out'))).blocks * 512).toBeLessThan(MIB);
      expect(last).toBe((await stat(join(folder, `disk${suffix}`))).size);
    },
  );

  it('of a damaged file leaves nothing behind', async () => {
    const folder = await tempDir();
    await writeFile(join(folder, 'disk.xz'), Buffer.from('\xfd7zXZ\0nonsense', 'latin1'));
    const options = { from: join(folder, 'disk.xz'), packing: 'xz', to: join(folder, 'out') } as const;
    await expect(unpackImage({ ...options, signal: new AbortController().signal })).rejects.toThrow(/xz/);
    expect(existsSync(join(folder, 'out'))).toBe(false);
    expect(existsSync(join(folder, 'out.part'))).toBe(false);
  });
});
