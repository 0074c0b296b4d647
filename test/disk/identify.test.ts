import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { isFreebsdDisk } from '../../src/disk/guest-os.ts';
import { hashDisk } from './hash-disk.ts';
import { identifyFile } from '../../src/disk/identify.ts';
import { diskInImage, expectImage, openImage } from '../../src/disk/open-image.ts';
import { readStart } from '../../src/podman/linux/read-start.ts';
import { missing } from '../support/programs.ts';
import { tempDir } from '../support/temp-dir.ts';
import { formats, packers, with4096ByteSectors } from './formats.ts';
import { MiB, mbrSector, noise, writeSampleDisk, writeSparse } from './sample-disk.ts';

const lacking = missing('sgdisk', 'qemu-img', 'xz', 'zstd', 'gzip', 'bzip2');
let folder = '';
let raw = '';
beforeEach(async () => {
  folder = await tempDir();
  raw = join(folder, 'disk');
});

async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex');
}

/** SHA-256 of the disk that is found in an image. */
async function found(image: string): Promise<string> {
  const scratch = join(folder, 'scratch');
  await mkdir(scratch);
  const disk = await openImage(image, { scratch });
  try {
    return await hashDisk(disk);
  } finally {
    await disk.close();
  }
}

describe.skipIf(lacking !== undefined)(`a disk image is known by its content ${lacking ?? ''}`, () => {
  it.each(Object.entries(formats))('%s: FreeBSD is seen, and every byte is found', async (name, make) => {
    await writeSampleDisk(raw);
    const image = await make(raw, folder);
    const [format = ''] = name.split(/[ ,]/);
    expect(await identifyFile(image)).toMatchObject({ kind: 'disk', format });
    expect(await isFreebsdDisk(image, readStart)).toBe(true);
    expect(await found(image)).toBe(await sha256(raw));
  });

  it.each(Object.entries(packers))('packed with %s, whatever it is called', async (packing, pack) => {
    await writeSampleDisk(raw);
    const image = await pack(await (formats['qcow2, zstd'] ?? fail)(raw, folder));
    expect(await identifyFile(image)).toEqual({ kind: 'packed', packing });
    expect(await found(image)).toBe(await sha256(raw));
  });

  it('a Linux disk is a disk, but not of FreeBSD, in each format', async () => {
    await writeSparse(raw, 8 * MiB);
    await execa('sgdisk', ['-n', '1:2048:0', '-t', '1:8300', raw], { env: { PATH: '/usr/sbin:/sbin' } });
    for (const [name, make] of Object.entries(formats))
      expect(await isFreebsdDisk(await make(raw, await tempDir()), readStart), name).toBe(false);
  });

  it.each([
    ['qcow2', Buffer.alloc(MiB), 'nothing but zeros'],
    ['qcow2, backing file', Buffer.alloc(MiB), 'nothing but zeros'],
    ['vmdk', Buffer.concat([Buffer.from([0x1f, 0x8b]), noise(MiB - 2, 'packed')]), 'packed with gzip'],
    ['vdi', at(0x8001, 'CD001').subarray(0, MiB), 'an ISO image'],
  ] as const)('in %s as well what is no disk is none: %#', async (format, content, what) => {
    await writeFile(raw, content);
    const image = await (formats[format] ?? fail)(raw, folder);
    const error = { exitCode: 65, problem: expect.stringContaining(what) as string };
    await expect(expectImage(image)).rejects.toMatchObject(error);
    await expect(openImage(image, { scratch: folder })).rejects.toMatchObject(error);
  });

  it.each(['raw', 'qcow2', 'vhdx'])('%s that is to boot has a partition of FreeBSD', async (format) => {
    await writeSparse(raw, MiB, [[0, mbrSector(0x83)]]);
    const image = await (formats[format] ?? fail)(raw, folder);
    await expectImage(image);
    await expect(expectImage(image, true)).rejects.toThrow('it is not a disk of FreeBSD');
    const packed = await (packers['zstd'] ?? fail)(image);
    const options = { scratch: folder, freebsd: true };
    await expect(diskInImage(packed, options)).rejects.toThrow('it is not a disk of FreeBSD');
  });

  it('a file of another kind that was called raw is found inside', async () => {
    await writeSampleDisk(raw);
    const once = await (formats['qcow2'] ?? fail)(raw, await tempDir());
    const twice = await (formats['vmdk'] ?? fail)(once, await tempDir());
    await expect(expectImage(twice)).rejects.toThrow('inside (vmdk) it is a disk image (qcow2)');
  });

  it('a damaged file is refused in the words of QEMU', async () => {
    const image = join(folder, 'damaged.vmdk');
    await writeFile(image, Buffer.concat([Buffer.from('KDMV'), noise(MiB, 'damaged')]));
    await expect(expectImage(image)).rejects.toMatchObject({
      exitCode: 65,
      doing: `reading the image ${image}`,
    });
  });

  it('a table in sectors of 4096 bytes', async () => {
    await writeSampleDisk(raw);
    await with4096ByteSectors(raw);
    expect(await identifyFile(raw)).toMatchObject({ kind: 'disk', format: 'raw' });
    expect(await isFreebsdDisk(raw, readStart)).toBe(true);
  });

  it('a GPT of which only the second copy is left', async () => {
    await writeSampleDisk(raw);
    const bytes = await readFile(raw);
    bytes.fill(0, 0, 34 * 512);
    await writeFile(raw, Buffer.concat([noise(512, 'lost'), bytes.subarray(512)]));
    expect(await identifyFile(raw)).toMatchObject({ kind: 'disk', format: 'raw' });
    expect(await isFreebsdDisk(raw, readStart)).toBe(true);
  });

  it('what a guest wrote to its disk does not make another format of it', async () => {
    const sector = mbrSector(0xa5);
    sector.write('some boot code: conectix KDMV vhdxfile');
    await writeSparse(raw, MiB, [[0, sector]]);
    expect(await identifyFile(raw)).toMatchObject({ kind: 'disk', format: 'raw' });
    expect(await isFreebsdDisk(raw, readStart)).toBe(true);
  });

  it('what is left of a GPT does not hide the MBR that took its place', async () => {
    await writeSampleDisk(raw);
    const bytes = await readFile(raw);
    mbrSector(0x83).copy(bytes);
    await writeFile(raw, bytes.subarray(0, MiB));
    expect(await isFreebsdDisk(raw, readStart)).toBe(false);
  });
});

function fail(): never {
  throw new Error('there is no such format');
}

/** A file system's boot sector, which ends with the same two bytes as an MBR. */
function fatSector(): Buffer {
  const sector = mbrSector(0);
  sector.write('FAT16   ', 54, 'latin1');
  return sector;
}

function at(offset: number, magic: string | Buffer): Buffer {
  return Buffer.concat([Buffer.alloc(offset), Buffer.from(magic), Buffer.alloc(MiB)]);
}

describe('what is no disk is told by what it looks like', () => {
  it.each([
    ['empty', Buffer.alloc(0), 'empty'],
    ['text', 'not a disk\n', 'a text file'],
    ['text in another script', 'kein Datenträger, 磁盘\n'.repeat(400), 'a text file'],
    ['JSON', '{"a": 1}', 'a text file (JSON)'],
    ['a web page', '<!DOCTYPE html><html>404</html>', 'a web page'],
    ['a pointer of Git LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:00\n', 'Git LFS'],
    ['a script', '#!/bin/sh\nexit 0\n', 'a script'],
    ['zeros', Buffer.alloc(MiB), 'nothing but zeros'],
    ['an ISO image', at(0x8001, 'CD001'), 'an ISO image'],
    ['a bootable ISO image', Buffer.concat([mbrSector(), at(0x8001 - 512, 'CD001')]), 'an ISO image'],
    ['a tar archive', at(257, 'ustar'), 'a tar archive'],
    ['a zip archive', at(0, 'PK\x03\x04'), 'a zip archive'],
    ['a program', at(0, '\x7fELF'), 'a program (ELF)'],
    ['a FAT file system', fatSector(), 'a FAT file system'],
    ['an ext4 file system', at(0x438, Buffer.from([0x53, 0xef])), 'an ext file system'],
    ['a UFS file system', at(65536 + 1372, Buffer.from([0x19, 0x01, 0x54, 0x19])), 'a UFS file system'],
    ['a bare pool', at(16 * 1024, 'pool_guid'), 'a ZFS pool'],
    ['qcow of the first version', at(0, Buffer.from('QFI\xfb\0\0\0\x01', 'latin1')), 'version 1'],
    ['noise', noise(MiB, 'noise'), 'data without a partition table'],
  ])('%s', async (_, content, what) => {
    await writeFile(raw, content);
    const kind = await identifyFile(raw);
    expect(kind).toEqual({ kind: 'other', what: expect.stringContaining(what) as string });
    await expect(openImage(raw, { scratch: folder })).rejects.toMatchObject({
      exitCode: 65,
      problem: expect.stringContaining(what) as string,
    });
  });

  it.skipIf(missing('xz') !== undefined)('also inside a packed file', async () => {
    await writeFile(raw, at(257, 'ustar'));
    await execa('xz', ['-k', raw]);
    await expect(openImage(`${raw}.xz`, { scratch: folder })).rejects.toThrow(
      'it is not a disk image: unpacked (xz) it is a tar archive',
    );
  });
});
