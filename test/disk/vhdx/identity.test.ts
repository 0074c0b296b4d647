import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { crc32c } from '../../../src/disk/vhdx/crc32c.ts';
import { fixVhdxIdentity } from '../../../src/disk/vhdx/identity.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { MiB, noise, writeSparse } from '../sample-disk.ts';

const lacking = missing('qemu-img');

test('CRC-32C gives the check value of its definition', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
});

describe.skipIf(lacking !== undefined)(`the identity of a VHDX file ${lacking ?? ''}`, () => {
  test('follows from its content, and qemu-img still finds no fault', async () => {
    const folder = await tempDir();
    const raw = join(folder, 'disk.raw');
    await writeSparse(raw, 12 * MiB, [[MiB, noise(300_000, 'vhdx')]]);
    const made = async (name: string, content: string): Promise<Buffer> => {
      const path = join(folder, name);
      await execa('qemu-img', ['convert', '-f', 'raw', '-O', 'vhdx', raw, path]);
      await fixVhdxIdentity(path, content);
      await execa('qemu-img', ['check', '-q', '-f', 'vhdx', path]);
      await execa('qemu-img', ['compare', '-q', path, raw]);
      return await readFile(path);
    };
    const [a, b, c] = [await made('a', 'one'), await made('b', 'one'), await made('c', 'other')];
    expect(a.equals(b)).toBe(true);
    expect(a.equals(c)).toBe(false);
  });

  test('is not written into something else', async () => {
    const path = join(await tempDir(), 'raw');
    await writeSparse(path, MiB);
    await expect(fixVhdxIdentity(path, 'x')).rejects.toThrow('not closed properly');
    expect((await readFile(path)).every((byte) => byte === 0)).toBe(true);
  });
});
