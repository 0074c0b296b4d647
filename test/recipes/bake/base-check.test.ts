import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { baseProblem } from '../../../src/recipes/bake/base-check.ts';
import { openDisk } from '../../../src/disk/open-disk.ts';
import { MiB, sgdisk, writeSparse } from '../../disk/sample-disk.ts';
import { missing } from '../../support/programs.ts';
import { tempDir } from '../../support/temp-dir.ts';

const ESP = 34;

/** A disk as mkimg(1) lays out FreeBSD's images, with these loaders on its EFI system partition. */
async function image(loaders: readonly string[], rootType: string): Promise<string> {
  const folder = await tempDir();
  const disk = join(folder, 'disk.raw');
  await writeSparse(disk, 40 * MiB);
  await sgdisk(disk, `--new=1:${ESP}:+33M`, '--typecode=1:ef00', '--new=2:0:0', `--typecode=2:${rootType}`);
  const esp = `${disk}@@${ESP * 512}`;
  await execa('mformat', ['-i', esp, '-F', '-T', String((33 * MiB) / 512), '-h', '16', '-s', '63', '::']);
  await execa('mmd', ['-i', esp, '::EFI', '::EFI/BOOT']);
  const file = join(folder, 'loader');
  await writeFile(file, 'loader');
  for (const name of loaders) await execa('mcopy', ['-i', esp, file, `::EFI/BOOT/${name}`]);
  return disk;
}

async function problem(path: string, architecture: 'amd64' | 'arm64'): Promise<string | undefined> {
  const disk = await openDisk(path);
  try {
    return await baseProblem(disk, architecture);
  } finally {
    await disk.close();
  }
}

describe.skipIf(missing('sgdisk', 'mformat', 'mmd', 'mcopy') !== undefined)('a base image', () => {
  it('for another processor is refused before it is booted', async () => {
    const arm = await image(['BOOTAA64.EFI'], 'a504');
    expect(await problem(arm, 'arm64')).toBeUndefined();
    expect(await problem(arm, 'amd64')).toBe('it is for arm64, and [build] architecture is amd64');
    const intel = await image(['BOOTX64.EFI'], 'a503');
    expect(await problem(intel, 'amd64')).toBeUndefined();
    expect(await problem(intel, 'arm64')).toBe('it is for amd64, and [build] architecture is arm64');
  });

  it('with the loaders of both, or of none, is tried', async () => {
    for (const loaders of [['BOOTX64.EFI', 'BOOTAA64.EFI'], []])
      expect(await problem(await image(loaders, 'a504'), 'arm64')).toBeUndefined();
  });

  it('of another system is refused', async () => {
    expect(await problem(await image(['BOOTX64.EFI'], '8300'), 'amd64')).toMatch(/no partition of FreeBSD/);
  });
});
