import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Builder } from '../support/builder.ts';

describe('podbsd build-image', () => {
  it(
    'makes an image whose checksums verify, and does nothing the second time',
    { timeout: 120_000 },
    async () => {
      const builder = await Builder.make();
      await builder.succeed('build-image');
      const out = join(builder.folder, 'work/out');
      const sums = (await readFile(join(out, 'SHA256SUMS'), 'utf8')).trim().split('\n');
      expect(sums.length).toBeGreaterThan(1);
      for (const line of sums) {
        const [sum, name = ''] = line.split(/ [ *]/);
        expect(
          createHash('sha256')
            .update(await readFile(join(out, name)))
            .digest('hex'),
        ).toBe(sum);
      }

      await builder.commands();
      const second = await builder.succeed('build-image');
      expect(second.stderr).toContain('nothing was done');
      expect(await builder.commands()).toEqual([]);
    },
  );
});
