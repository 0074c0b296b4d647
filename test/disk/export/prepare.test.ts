import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readBytes } from '../../../src/disk/block-source.ts';
import { FileSource } from '../../../src/disk/file-source.ts';
import { prepareDisk } from '../../../src/disk/export/prepare.ts';
import { MBR_FREEBSD, readMbr } from '../../../src/disk/mbr.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { MiB, SAMPLE_SIZE, sgdisk, writeSampleDisk, writeSparse } from '../sample-disk.ts';

const lacking = missing('sgdisk');

describe.skipIf(lacking !== undefined)(`prepareDisk ${lacking ?? ''}`, () => {
  let path = '';
  beforeEach(async () => {
    path = join(await tempDir(), 'disk');
    await writeSampleDisk(path);
  });

  async function prepared(): Promise<{ notices: readonly string[]; partitioned: boolean }> {
    const { disk, notices, partitioned } = await prepareDisk(await FileSource.open(path), path);
    const bytes = await readBytes(disk, 0, disk.size);
    await disk.close();
    await writeFile(path, bytes);
    return { notices, partitioned };
  }

  async function damage(...places: readonly number[]): Promise<void> {
    const bytes = await readFile(path);
    for (const at of places) bytes.writeUInt8(bytes.readUInt8(at) ^ 1, at);
    await writeFile(path, bytes);
  }

  it('has nothing to say about a sound disk', async () => {
    expect(await prepared()).toEqual({ notices: [], partitioned: true });
  });

  it('refuses an image that ends before its last partition does', async () => {
    await truncate(path, SAMPLE_SIZE - 40 * 512);
    await expect(prepareDisk(await FileSource.open(path), path)).rejects.toMatchObject({
      exitCode: 65,
      problem: `the image is cut off: it has ${SAMPLE_SIZE - 40 * 512} bytes, but its partition 3 ends at byte ${SAMPLE_SIZE - 33 * 512}`,
    });
  });

  it('makes the backup table anew, and says so', async () => {
    await truncate(path, SAMPLE_SIZE - 33 * 512);
    const { notices } = await prepared();
    expect(notices).toEqual([
      expect.stringContaining('the backup GPT was missing or damaged and is rebuilt'),
    ]);
    expect(await sgdisk(path, '-v')).toContain('No problems found');
  });

  it('leaves room for a backup table of any size', async () => {
    // 1024 entries take 256 sectors; the last partition ends where only 40 are left in the last mebibyte.
    await writeSparse(path, 5 * MiB);
    await sgdisk(path, '-S', '1024');
    await sgdisk(path, '-n', `1:1000:${4 * 2048 - 41}`, '-t', '1:a503');
    await truncate(path, 4 * MiB);
    const { disk } = await prepareDisk(await FileSource.open(path), path);
    expect(disk.size).toBe(5 * MiB);
    await disk.close();
  });

  it('says what is wrong with a table that cannot be used', async () => {
    await damage(512 + 40, SAMPLE_SIZE - 512 + 40);
    const { notices, partitioned } = await prepared();
    expect(partitioned).toBe(false);
    expect(notices).toEqual([expect.stringMatching(/^both copies of the GUID partition table are damaged/)]);

    await writeSparse(path, 8 * MiB, [[4096, Buffer.from('EFI PART')]]);
    expect((await prepared()).notices).toEqual([expect.stringContaining('sectors of 4096 bytes')]);
  });

  it('stretches the protective MBR, but not the entry of a hybrid one', async () => {
    const entries = async () => readMbr((await readFile(path)).subarray(0, 512));
    await prepared();
    expect(await entries()).toMatchObject([{ firstLba: 1, sectors: (46 * MiB) / 512 - 1 }]);

    const bytes = await readFile(path);
    bytes.writeUInt32LE(33, 446 + 12);
    bytes.writeUInt8(MBR_FREEBSD, 446 + 16 + 4);
    bytes.writeUInt32LE(34, 446 + 16 + 8);
    bytes.writeUInt32LE(20480, 446 + 16 + 12);
    await writeFile(path, bytes);
    await prepared();
    expect(await entries()).toMatchObject([{ sectors: 33 }, { type: MBR_FREEBSD, sectors: 20480 }]);
  });
});
