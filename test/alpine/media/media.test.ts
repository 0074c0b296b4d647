import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { fatGeometry } from '../../../src/alpine/media/geometry.ts';
import {
  overlayOnMedia,
  readOverlayFromMedia,
  replaceOverlay,
  writeMedia,
} from '../../../src/alpine/media/media.ts';
import { missing } from '../../support/programs.ts';
import { scratch } from '../support/fixture.ts';

const MB = 1024 * 1024;
const overlay = Buffer.from('not really an overlay');

async function media(size: number, path = join(scratch(), 'apkovl.img')): Promise<string> {
  await writeMedia(path, {
    size,
    serial: 0x1234abcd,
    overlayName: 'docker.apkovl.tar.gz',
    overlay,
    cache: true,
  });
  return path;
}

/** The partition alone, as dosfstools wants it. */
async function partition(image: string): Promise<string> {
  const path = `${image}.partition`;
  await execa('dd', [`if=${image}`, `of=${path}`, 'bs=1M', 'skip=1', 'conv=sparse', 'status=none']);
  return path;
}

describe.skipIf(missing('mformat', 'fsck.vfat') !== undefined)('writeMedia', () => {
  it.each([
    [33 * MB, 'FAT16'],
    [34 * MB, 'FAT32'],
    [36 * MB, 'FAT32'],
    [40 * MB, 'FAT32'],
    [300 * MB, 'FAT32'],
  ])('makes a file system of %i bytes that fsck.vfat and mtools agree on: %s', async (size, type) => {
    const image = await media(size);
    const { stdout } = await execa('fsck.vfat', ['-n', '-v', await partition(image)]);
    expect(stdout).toContain(type === 'FAT32' ? '32 bit entries' : '16 bit entries');
    const names = await execa('mdir', ['-b', '-i', `${image}@@1M`, '::']);
    expect(names.stdout.split('\n').sort()).toEqual(['::/cache/', '::/docker.apkovl.tar.gz']);
    expect((await readOverlayFromMedia(image)).equals(overlay)).toBe(true);
  });

  it('has one MBR partition of type 0x0c that sfdisk reads, and keeps its holes', async () => {
    const image = await media(40 * MB);
    const sector = Buffer.alloc(512);
    const file = await open(image);
    await file.read(sector, 0, 512, 0);
    const { blocks } = await file.stat();
    await file.close();
    expect(sector.readUInt16LE(510)).toBe(0xaa55);
    expect(sector.readUInt32LE(440)).toBe(0x1234abcd);
    expect(sector.readUInt8(450)).toBe(0x0c);
    expect([sector.readUInt32LE(454), sector.readUInt32LE(458)]).toEqual([2048, (40 * MB) / 512 - 2048]);
    expect(sector.subarray(462, 510).every((byte) => byte === 0)).toBe(true);
    expect(blocks * 512).toBeLessThan(4 * MB);
  });

  it('writes the same bytes again, whatever the clock says', async () => {
    const first = await readFile(await media(36 * MB));
    const second = await readFile(await media(36 * MB));
    expect(first.equals(second)).toBe(true);
  });

  it('exchanges the overlay under the same long name', async () => {
    const image = await media(40 * MB);
    const other = Buffer.from('another overlay, somewhat longer');
    await replaceOverlay(image, other);
    expect((await readOverlayFromMedia(image)).equals(other)).toBe(true);
    const names = await execa('mdir', ['-b', '-i', `${image}@@1M`, '::']);
    expect(names.stdout.split('\n').sort()).toEqual(['::/cache/', '::/docker.apkovl.tar.gz']);
    await execa('fsck.vfat', ['-n', await partition(image)]);
  });
});

describe.skipIf(missing('mcopy') !== undefined)('overlayOnMedia', () => {
  it.each([
    ['zz.apkovl.tar.gz', /2 overlays: docker\.apkovl\.tar\.gz, zz\.apkovl\.tar\.gz/],
    ['._docker.apkovl.tar.gz', /AppleDouble/],
    ['docker.apkovl.tar.gz.aes-256-cbc', /2 overlays/],
  ])('refuses a disk that also holds %s', async (name, problem) => {
    const image = await media(36 * MB);
    const source = `${image}.other`;
    await writeFile(source, 'x');
    await execa('mcopy', ['-i', `${image}@@1M`, source, `::${name}`]);
    await expect(overlayOnMedia(image)).rejects.toThrow(problem);
  });

  it('finds nothing in a folder, nor under a short name', async () => {
    const image = await media(36 * MB);
    await execa('mren', ['-i', `${image}@@1M`, '::docker.apkovl.tar.gz', 'DOCKER.TGZ']);
    await expect(overlayOnMedia(image)).rejects.toThrow(/no \*\.apkovl\.tar\.gz in its root/);
    const inFolder = await media(36 * MB);
    await execa('mmove', ['-i', `${inFolder}@@1M`, '::docker.apkovl.tar.gz', '::cache/']);
    await expect(overlayOnMedia(inFolder)).rejects.toThrow(/no \*\.apkovl\.tar\.gz in its root/);
  });

  it('does not mind the backups that lbu keeps', async () => {
    const image = await media(36 * MB);
    const source = `${image}.other`;
    await writeFile(source, 'x');
    await execa('mcopy', ['-i', `${image}@@1M`, source, '::docker.20261122171500.tar.gz']);
    expect(await overlayOnMedia(image)).toBe('docker.apkovl.tar.gz');
  });
});

describe.skipIf(missing('mformat', 'mcopy') !== undefined)('a disk that others have made', () => {
  /** A FAT16 that begins at a sector, with an overlay in it, behind the table if there is one. */
  async function foreign(start: number, table: Buffer | undefined): Promise<string> {
    const image = join(scratch(), 'apkovl.img');
    await writeFile(image, Buffer.alloc(33 * MB));
    if (table !== undefined) {
      const file = await open(image, 'r+');
      await file.write(table, 0, 512, 0);
      await file.close();
    }
    const at = `${image}@@${start * 512}`;
    await execa('mformat', ['-i', at, '-T', '60000', '-h', '16', '-s', '63', '::'], skipCheck);
    await writeFile(`${image}.overlay`, overlay);
    await execa('mcopy', ['-i', at, `${image}.overlay`, '::docker.apkovl.tar.gz'], skipCheck);
    return image;
  }
  const skipCheck = { env: { MTOOLS_SKIP_CHECK: '1' } };

  it.each([
    ['whose partition begins where gpart puts it', 63, 446],
    ['whose partition is the fourth', 2048, 494],
  ])('is read and changed: one %s', async (_, start, entry) => {
    const table = Buffer.alloc(512);
    table.writeUInt8(0x83, entry + 4);
    table.writeUInt32LE(start, entry + 8);
    table.writeUInt16LE(0xaa55, 510);
    const image = await foreign(start, table);
    expect((await readOverlayFromMedia(image)).equals(overlay)).toBe(true);
    await replaceOverlay(image, Buffer.from('other'));
    expect((await readOverlayFromMedia(image)).toString()).toBe('other');
  });

  it('is read without any partition', async () => {
    const image = await foreign(0, undefined);
    expect((await readOverlayFromMedia(image)).equals(overlay)).toBe(true);
  });

  it('is refused when it has a GPT', async () => {
    const image = join(scratch(), 'gpt.img');
    const table = Buffer.alloc(1024);
    table.writeUInt8(0xee, 450);
    table.writeUInt32LE(1, 454);
    table.writeUInt16LE(0xaa55, 510);
    await writeFile(image, table);
    await expect(readOverlayFromMedia(image)).rejects.toThrow(/no MBR partition/);
  });
});

describe('fatGeometry', () => {
  it('never makes a FAT32 of fewer than 65525 clusters, nor a FAT16 of more', () => {
    for (let size = 33; size < 3000; size += 7) {
      const { type, sectors, sectorsPerCluster } = fatGeometry(size * MB);
      const clusters = sectors / sectorsPerCluster;
      if (type === 'FAT32') expect(clusters).toBeGreaterThan(65_525);
      else expect(clusters).toBeLessThanOrEqual(65_524);
    }
  });
});
