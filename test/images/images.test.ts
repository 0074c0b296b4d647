import { mkdir, readFile, readdir, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { beforeEach, describe, expect, it } from 'vitest';
import { exportDisk } from '../../src/disk/export.ts';
import { writeLayout } from '../../src/disk/oci/layout.ts';
import { findImage } from '../../src/images/find-image.ts';
import { makeDisk } from '../../src/images/make-disk.ts';
import { missing } from '../support/programs.ts';
import { mbrSector } from '../disk/sample-disk.ts';
import { startRegistry } from '../support/registry.ts';
import { tempDir } from '../support/temp-dir.ts';

const MIB = 1024 * 1024;
let folder = '';

/** A disk of 4 MiB: something at its start and a partition table, the rest is zeros. */
async function rawDisk(): Promise<string> {
  const path = join(folder, 'a.raw');
  const start = Buffer.alloc(65536, 'disk');
  mbrSector().copy(start, 440, 440);
  await writeFile(path, start);
  await truncate(path, 4 * MIB);
  return path;
}

async function exported(): Promise<string> {
  const outDir = join(folder, 'images');
  const facts = { architecture: 'amd64', podbsdVersion: '0.1.0', freebsd: { version: '15.1' } } as const;
  const formats = ['qcow2', 'raw', 'qcow2.zst', 'raw.zst'] as const;
  await exportDisk({ raw: await rawDisk(), outDir, baseName: 'test', formats, facts });
  return outDir;
}

const pull = () => ({ scratch: join(folder, 'scratch'), architecture: 'amd64', tlsVerify: false }) as const;

/** What a guest would see on the disk that is made of an image: the first bytes, and how large it is. */
async function madeOf(image: string, diskGiB = 1): Promise<{ start: string; size: number }> {
  const disk = join(folder, 'disk.qcow2');
  await makeDisk({ image, disk, format: 'qcow2', diskGiB });
  const info = await execa('qemu-img', ['info', '--output=json', disk]);
  const back = join(folder, 'back.raw');
  await execa('qemu-img', [
    'dd',
    '-f',
    'qcow2',
    '-O',
    'raw',
    'bs=512',
    'count=1',
    `if=${disk}`,
    `of=${back}`,
  ]);
  const { format, 'virtual-size': size } = JSON.parse(info.stdout) as {
    format: string;
    'virtual-size': number;
  };
  expect(format).toBe('qcow2');
  return { start: (await readFile(back)).toString('latin1', 0, 8), size };
}

beforeEach(async () => {
  folder = await tempDir();
  await mkdir(join(folder, 'scratch'));
});

describe.skipIf(missing('qemu-img', 'zstd', 'xz') !== undefined)('a disk is made of', () => {
  const expected = { start: 'diskdisk', size: 1024 * MIB };

  it.each([
    ['raw', async (raw: string) => raw],
    ['qcow2', convert('qcow2')],
    ['vhdx', convert('vhdx')],
    ['vmdk', convert('vmdk')],
    ['vhd', convert('vpc')],
    ['vdi', convert('vdi')],
    ['raw, zstd', pack('zstd', '-q')],
    ['raw, xz', pack('xz', '-k')],
    ['raw, gzip', pack('gzip', '-k')],
    ['qcow2, zstd', async (raw: string) => await pack('zstd', '-q')(await convert('qcow2')(raw))],
  ] as const)('%s', async (_, prepare) => {
    expect(await madeOf(await prepare(await rawDisk()))).toEqual(expected);
    expect((await readdir(folder)).filter((name) => name.startsWith('disk.qcow2.'))).toEqual([]);
  });

  it.each(['qcow2', 'raw'] as const)('an image says how far its copy as %s is', async (format) => {
    const image = await rawDisk();
    const percents: number[] = [];
    const onPercent = (percent: number): void => void percents.push(percent);
    await makeDisk({ image, disk: join(folder, 'disk'), format, diskGiB: 1, onPercent });
    expect(percents.length).toBeGreaterThan(1);
    expect(percents.at(-1)).toBe(100);
    expect(percents).toEqual(percents.toSorted((one, other) => one - other));
  });

  it('an image that is larger than the disk is to be is refused, and the size is named', async () => {
    const image = join(folder, 'large.raw');
    await writeFile(image, mbrSector());
    await truncate(image, 3 * 1024 * MIB);
    await expect(madeOf(image, 2)).rejects.toThrow(/3 GiB and would not fit into 2 GiB/);
  });

  it('what is no disk makes no machine, and what it looks like is said', async () => {
    const image = join(folder, 'a.qcow2');
    await writeFile(image, 'not a disk\n');
    await expect(madeOf(image)).rejects.toThrow('it is a text file');
    expect(await readdir(folder)).not.toContain('disk.qcow2');
  });

  it('an image from elsewhere may not name files of this host', async () => {
    const image = join(folder, 'overlay.qcow2');
    await execa('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', await rawDisk(), '-F', 'raw', image]);
    expect(await madeOf(image)).toEqual(expected);
    const disk = join(folder, 'other.qcow2');
    const foreign = makeDisk({ image, foreign: true, disk, format: 'qcow2', diskGiB: 1 });
    await expect(foreign).rejects.toMatchObject({ exitCode: 15 });
  });

  it('a raw disk for bhyve, of formats that only qemu-img reads, too', async () => {
    for (const format of ['vmdk', 'qcow2']) {
      const disk = join(folder, `${format}.raw`);
      await makeDisk({ image: await convert(format)(await rawDisk()), disk, format: 'raw', diskGiB: 1 });
      expect((await stat(disk)).size).toBe(1024 * MIB);
      await execa('cmp', ['-n', String(4 * MIB), disk, await rawDisk()]);
    }
  });
});

function convert(format: string) {
  return async (raw: string): Promise<string> => {
    const to = join(folder, `b.${format}`);
    await execa('qemu-img', ['convert', '-f', 'raw', '-O', format, raw, to]);
    return to;
  };
}

function pack(program: string, ...args: string[]) {
  return async (path: string): Promise<string> => {
    await execa(program, [...args, path]);
    const ending = { zstd: 'zst', xz: 'xz', gzip: 'gz' }[program] ?? '';
    return `${path}.${ending}`;
  };
}

describe.skipIf(missing('qemu-img', 'zstd') !== undefined)('an image is found in', () => {
  it('a folder of build-image, by its description', async () => {
    const found = await findImage(await exported(), pull());
    expect(found).toMatchObject({
      architecture: 'amd64',
      description: expect.stringContaining('FreeBSD 15.1') as string,
    });
    expect(found.file).toMatch(/test\.qcow2$/);
    expect((await madeOf(found.file)).start).toBe('diskdisk');
  });

  it('but nothing that might never answer: a pipe in place of the image or of its description', async () => {
    const dir = await tempDir();
    const pipe = join(dir, 'manifest.json');
    await execa('mkfifo', [pipe]);
    await expect(findImage(pipe, pull())).rejects.toThrow('it is a pipe, a socket or a device');
    await expect(findImage(dir, pull())).rejects.toMatchObject({ code: 'EFTYPE' });
  });

  it('but not when a byte of it has changed', async () => {
    const dir = await exported();
    const path = join(dir, 'test.qcow2');
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(bytes.length - 1) ^ 1, bytes.length - 1);
    await writeFile(path, bytes);
    await expect(findImage(dir, pull())).rejects.toThrow('is not the file that was exported');
  });

  it('an OCI layout', async () => {
    const layout = join(folder, 'layout');
    await writeLayout({ dirs: [await exported()], layout, tags: ['5.8', 'latest'] });
    const found = await findImage(layout, pull());
    expect((await madeOf(found.file)).start).toBe('diskdisk');
    await expect(findImage(layout, { ...pull(), architecture: 'arm64' })).rejects.toThrow(
      'no disk for QEMU on aarch64',
    );
  });

  it('an OCI layout whose blob was changed is refused', async () => {
    const layout = join(folder, 'layout');
    await writeLayout({ dirs: [await exported()], layout, tags: ['latest'] });
    const { file } = await findImage(layout, pull());
    await writeFile(file, 'something else');
    await expect(findImage(layout, pull())).rejects.toThrow('is damaged');
  });

  it.skipIf(missing('skopeo', 'docker-registry') !== undefined)('a registry', async () => {
    const layout = join(folder, 'layout');
    await writeLayout({ dirs: [await exported()], layout, tags: ['latest'] });
    const address = await startRegistry(folder);
    const reference = `docker://${address}/freebsd:latest`;
    await execa('skopeo', ['copy', '--all', '--dest-tls-verify=false', `oci:${layout}:latest`, reference]);
    const found = await findImage(reference, pull());
    expect((await madeOf(found.file)).start).toBe('diskdisk');
    await expect(findImage(`docker://${address}/other:latest`, pull())).rejects.toThrow('fetching docker');
  });

  it('nothing that is not there', async () => {
    await expect(findImage(join(folder, 'none'), pull())).rejects.toThrow('no such file or folder');
    await expect(findImage(folder, pull())).rejects.toThrow('neither manifest.json nor an OCI layout');
    await expect(findImage('https://example.org/x.qcow2', pull())).rejects.toThrow('cannot verify');
  });
});
