import { mkdir, readFile, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { readText } from '../../src/ground/read-text.ts';
import { replaceFile } from '../../src/ground/replace-file.ts';
import { tempDir } from '../support/temp-dir.ts';

it('replaceFile makes folders, sets the mode, and replaces', async () => {
  const path = join(await tempDir(), 'a', 'b');
  expect(await readText(path)).toBeUndefined();
  await replaceFile(path, 'one');
  await replaceFile(path, 'two', 0o600);
  expect(await readText(path)).toBe('two');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

it('a replacement that fails leaves what was there, and nothing beside it', async () => {
  const folder = await tempDir();
  await mkdir(join(folder, 'taken'));
  await writeFile(join(folder, 'taken', 'x'), 'x');
  await expect(replaceFile(join(folder, 'taken'), 'one')).rejects.toThrow();
  expect(await readdir(folder)).toEqual(['taken']);
  expect(await readFile(join(folder, 'taken', 'x'), 'utf8')).toBe('x');
});
