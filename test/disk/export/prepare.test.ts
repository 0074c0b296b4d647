import { readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { readBytes } from '../../../src/disk/block-source.ts';
import { prepareDisk } from '../../../src/disk/export/prepare.ts';
import { partitionType } from '../../../src/disk/gpt/guid.ts';
import { encodeEntries, encodeHeader } from '../../../src/disk/gpt/table.ts';
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
    const { disk, notices, partitioned } = await prepareDisk(path);
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

  test('has nothing to say about a sound disk', async () => {
    expect(await prepared()).toEqual({ notices: [], partitioned: true });
  });

  test('refuses an image that ends before its last partition does', async () => {
    await truncate(path, SAMPLE_SIZE - 40 * 512);
    await expect(prepareDisk(path)).rejects.toMatchObject({
      exitCode: 65,
      problem: `The image is cut off: it has ${SAMPLE_SIZE - 40 * 512} bytes, but its partition 3 ends at byte ${SAMPLE_SIZE - 33 * 512}.`,
    });
  });

  test('makes the backup table anew, and says so', async () => {
    await truncate(path, SAMPLE_SIZE - 33 * 512);
    const { notices } = await prepared();
    expect(notices).toEqual([
      expect.stringContaining('The backup GPT was missing or damaged and is made anew'),
    ]);
    expect(await sgdisk(path, '-v')).toContain('No problems found');
  });

  test('leaves room for a backup table of any size', async () => {
    // 1024 entries take 256 sectors; the last partition ends where only 40 are left in the last mebibyte.
    const entries = encodeEntries(
      [
        {
          index: 1,
          type: partitionType.freebsdUfs,
          guid: '22222222-1111-4111-8111-111111111111',
          firstLba: 1000,
          lastLba: 4 * 2048 - 41,
          attributes: 0n,
          label: 'rootfs',
        },
      ],
      1024,
    );
    const header = encodeHeader({
      myLba: 1,
      alternateLba: 4 * 2048 - 1,
      firstUsableLba: 258,
      lastUsableLba: 4 * 2048 - 41,
      diskGuid: '11111111-1111-4111-8111-111111111111',
      entriesLba: 2,
      entryCount: 1024,
      entryBytes: 128,
      entriesCrc: crc32(entries),
    });
    await writeSparse(path, 4 * MiB, [
      [512, header],
      [1024, entries],
    ]);
    const { disk } = await prepareDisk(path);
    expect(disk.size).toBe(5 * MiB);
    await disk.close();
  });

  test('says what is wrong with a table that cannot be used', async () => {
    await damage(512 + 40, SAMPLE_SIZE - 512 + 40);
    const { notices, partitioned } = await prepared();
    expect(partitioned).toBe(false);
    expect(notices).toEqual([expect.stringMatching(/^Both copies of the GUID partition table are damaged/)]);

    await writeSparse(path, 8 * MiB, [[4096, Buffer.from('EFI PART')]]);
    expect((await prepared()).notices).toEqual([expect.stringContaining('sectors of 4096 bytes')]);
  });

  test('stretches the protective MBR, but not the entry of a hybrid one', async () => {
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
