import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FileSource } from '../../../src/disk/file-source.ts';
import { partitionType } from '../../../src/disk/gpt/guid.ts';
import { readGpt } from '../../../src/disk/gpt/read.ts';
import { moveBackupGpt } from '../../../src/disk/gpt/write.ts';
import { readBytes, type BlockSource } from '../../../src/disk/block-source.ts';
import { PatchedSource } from '../../../src/disk/patched-source.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { MiB, SAMPLE_SIZE, sampleLba, sgdisk, writeSampleDisk, writeSparse } from '../sample-disk.ts';

const lacking = missing('sgdisk');

async function withDisk<T>(path: string, use: (disk: BlockSource) => Promise<T>): Promise<T> {
  const disk = await FileSource.open(path);
  try {
    return await use(disk);
  } finally {
    await disk.close();
  }
}

/** What sgdisk finds wrong with a disk, judged by its own words. */
async function expectSound(path: string): Promise<void> {
  const said = await sgdisk(path, '-v');
  expect(said).toContain('No problems found');
}

describe.skipIf(lacking !== undefined)(`GUID partition table ${lacking ?? ''}`, () => {
  it('reads what sgdisk wrote', async () => {
    const path = join(await tempDir(), 'disk');
    await writeSampleDisk(path);
    const gpt = await withDisk(path, readGpt);
    expect(gpt.primary.ok && gpt.backup.ok).toBe(true);
    expect(gpt.partitions).toMatchObject([
      { index: 1, type: partitionType.efi, firstLba: sampleLba.esp, label: 'efiboot0' },
      { index: 2, type: partitionType.freebsdBoot, firstLba: sampleLba.boot, label: 'gptboot0' },
      { index: 3, type: partitionType.freebsdZfs, lastLba: SAMPLE_SIZE / 512 - 34, label: 'zfsroot' },
    ]);
  });

  it('moves the backup table to the end exactly as `sgdisk -e` does', async () => {
    const folder = await tempDir();
    const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')];
    await writeSampleDisk(ours);
    await writeSparse(theirs, 50 * MiB, [[0, await readFile(ours)]]);
    await sgdisk(theirs, '-e');
    await withDisk(ours, async (disk) => {
      const patches = await moveBackupGpt(disk, await readGpt(disk), 50 * MiB);
      const grown = new PatchedSource(disk, 50 * MiB, patches ?? []);
      await writeFile(`${ours}.grown`, await readBytes(grown, 0, 50 * MiB));
    });
    await expectSound(`${ours}.grown`);
    const [mine, real] = await Promise.all([readFile(`${ours}.grown`), readFile(theirs)]);
    // Both GPT copies are the same to the bit; sgdisk leaves the protective MBR as it was.
    expect(mine.subarray(512, 34 * 512).equals(real.subarray(512, 34 * 512))).toBe(true);
    expect(mine.subarray(-33 * 512).equals(real.subarray(-33 * 512))).toBe(true);
    expect(mine.readUInt32LE(446 + 12)).toBe((50 * MiB) / 512 - 1);
    // The stale backup header is gone.
    expect(mine.subarray(SAMPLE_SIZE - 512, SAMPLE_SIZE).every((byte) => byte === 0)).toBe(true);
  });

  it('repairs a damaged primary table from the backup, and says what was wrong', async () => {
    const path = join(await tempDir(), 'disk');
    await writeSampleDisk(path);
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(1024 + 60) ^ 1, 1024 + 60);
    await writeFile(path, bytes);
    const repaired = await withDisk(path, async (disk) => {
      const gpt = await readGpt(disk);
      expect(gpt.primary).toEqual({ ok: false, problem: 'GPT entries in sector 2 have a wrong checksum' });
      const patches = await moveBackupGpt(disk, gpt, 46 * MiB);
      return await readBytes(new PatchedSource(disk, 46 * MiB, patches ?? []), 0, 46 * MiB);
    });
    await writeFile(path, repaired);
    await expectSound(path);
    expect(await sgdisk(path, '-i', '3')).toContain("Partition name: 'zfsroot'");
  });

  it.each([
    [512, 'no GPT header in sector 1'],
    [512 + 13, 'GPT header in sector 1 has a wrong size'],
    [512 + 40, 'GPT header in sector 1 has a wrong checksum'],
  ])('damage at byte %i is found', async (at, problem) => {
    const path = join(await tempDir(), 'disk');
    await writeSampleDisk(path);
    const bytes = await readFile(path);
    bytes.writeUInt8(255, at);
    await writeFile(path, bytes);
    expect((await withDisk(path, readGpt)).primary).toEqual({ ok: false, problem });
  });

  it('a partition in the way of the backup is refused', async () => {
    const path = join(await tempDir(), 'disk');
    await writeSparse(path, 4 * MiB);
    await sgdisk(path, '-n', '1:2048:4095', '-t', '1:a503', '-c', '1:wurzel/ö');
    await withDisk(path, async (disk) => {
      const gpt = await readGpt(disk);
      expect(gpt.partitions).toMatchObject([
        { index: 1, type: partitionType.freebsdUfs, firstLba: 2048, lastLba: 4095, label: 'wurzel/ö' },
      ]);
      await expect(moveBackupGpt(disk, gpt, 2 * MiB)).rejects.toThrow('partition 1 ends in sector 4095');
    });
  });
});
