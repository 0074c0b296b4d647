import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, test } from 'vitest';
import { isFreebsdDisk } from '../../src/disk/guest-os.ts';
import { MBR_FREEBSD } from '../../src/disk/mbr.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { MiB, sgdisk, writeSampleDisk, writeSparse } from './sample-disk.ts';

const lacking = missing('sgdisk', 'qemu-img');

describe.skipIf(lacking !== undefined)(`isFreebsdDisk ${lacking ?? ''}`, () => {
  test('knows a FreeBSD disk by its GPT, as raw, qcow2 and compressed qcow2', async () => {
    const folder = await tempDir();
    const raw = join(folder, 'disk.raw');
    await writeSampleDisk(raw);
    expect(await isFreebsdDisk(raw)).toBe(true);
    for (const [name, flags] of [
      ['plain', []],
      ['packed', ['-c']],
    ] as const) {
      const qcow2 = join(folder, `${name}.qcow2`);
      await execa('qemu-img', ['convert', ...flags, '-f', 'raw', '-O', 'qcow2', raw, qcow2]);
      await execa('qemu-img', ['resize', '-q', qcow2, '100G']);
      expect(await isFreebsdDisk(qcow2), name).toBe(true);
    }
  });

  test('a Linux disk is none', async () => {
    const raw = join(await tempDir(), 'linux.raw');
    await writeSparse(raw, 8 * MiB);
    await sgdisk(raw, '-n', '1:34:2000', '-t', '1:ef00', '-n', '2:2048:0', '-t', '2:8300');
    expect(await isFreebsdDisk(raw)).toBe(false);
  });

  test('an MBR slice of type 0xa5 is FreeBSD, an empty disk is none, a packed file is refused', async () => {
    const raw = join(await tempDir(), 'disk.raw');
    await writeSparse(raw, MiB);
    expect(await isFreebsdDisk(raw)).toBe(false);
    const sector = Buffer.alloc(512);
    sector[450] = MBR_FREEBSD;
    sector.writeUInt16LE(0xaa55, 510);
    await writeSparse(raw, MiB, [[0, sector]]);
    expect(await isFreebsdDisk(raw)).toBe(true);
    await writeSparse(raw, MiB, [[0, Buffer.from([0x28, 0xb5, 0x2f, 0xfd])]]);
    await expect(isFreebsdDisk(raw)).rejects.toThrow('is zstd, not a raw or qcow2');
  });
});
