import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isFreebsdDisk } from '../../src/disk/guest-os.ts';
import { MBR_FREEBSD } from '../../src/disk/mbr.ts';
import { tempDir } from '../support/temp-dir.ts';
import { MiB, mbrSector, writeSparse } from './sample-disk.ts';

/** For formats that podbsd reads itself no program may be asked: a wrapper around QEMU looks before each start. */
const never = (): never => {
  throw new Error('qemu-img was asked');
};

describe('isFreebsdDisk', () => {
  it('an MBR slice of type 0xa5 is FreeBSD, another is not', async () => {
    const raw = join(await tempDir(), 'disk.raw');
    await writeSparse(raw, MiB, [[0, mbrSector(MBR_FREEBSD)]]);
    expect(await isFreebsdDisk(raw, never)).toBe(true);
    await writeSparse(raw, MiB, [[0, mbrSector(0x83)]]);
    expect(await isFreebsdDisk(raw, never)).toBe(false);
  });

  it('what cannot be told is an error: nothing but zeros, a packed file', async () => {
    const raw = join(await tempDir(), 'disk.raw');
    await writeSparse(raw, MiB);
    await expect(isFreebsdDisk(raw, never)).rejects.toThrow('it is nothing but zeros');
    await writeSparse(raw, MiB, [[0, Buffer.from([0x28, 0xb5, 0x2f, 0xfd])]]);
    await expect(isFreebsdDisk(raw, never)).rejects.toThrow('it is packed with zstd');
  });
});
