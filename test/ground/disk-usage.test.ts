import { link, mkdir, open, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diskUsage } from '../../src/ground/disk-usage.ts';
import { MIB } from '../../src/ground/sizes.ts';
import { tempDir } from '../support/temp-dir.ts';

it('counts blocks: not holes, a file of two names once, and nothing behind a link', async () => {
  const folder = await tempDir();
  const inner = join(folder, 'inner');
  await mkdir(inner);
  const sparse = await open(join(inner, 'sparse'), 'w');
  await sparse.truncate(512 * MIB);
  await sparse.sync();
  await sparse.close();
  const full = await open(join(inner, 'full'), 'w');
  await full.write(Buffer.alloc(4 * MIB, 1));
  await full.sync();
  await full.close();
  await link(join(inner, 'full'), join(inner, 'again'));
  await symlink('/', join(inner, 'everything'));
  const bytes = await diskUsage(inner);
  expect(bytes).toBeGreaterThanOrEqual(4 * MIB);
  expect(bytes).toBeLessThan(5 * MIB);
});

it('counts nothing for what is not there', async () => {
  const folder = await tempDir();
  await writeFile(join(folder, 'file'), '');
  expect(await diskUsage(join(folder, 'file/below'))).toBe(0);
});
