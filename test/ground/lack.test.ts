import { mkdir, writeFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/ground/errors.ts';
import { lackError } from '../../src/ground/lack/lack.ts';
import { lackOfProgram } from '../../src/ground/lack/program.ts';
import { lackOfFile } from '../../src/ground/lack/reading.ts';
import { lackOfSpace } from '../../src/ground/lack/space.ts';
import { lackOfWriting } from '../../src/ground/lack/writing.ts';
import type { Family } from '../../src/ground/packages.ts';
import { tempDir } from '../support/temp-dir.ts';

/** A system of this family, new enough to have all packages. */
const system = (family: Family | undefined) => ({ family, osRelease: '' });

describe('what is missing', () => {
  const nowhere = { PATH: '/nonexistent' };
  const lacks = (['qemu-amd64', 'qemu-img', 'mtools'] as const).map((part) => lackOfProgram(part, nowhere));

  it.each<[Family, string, string]>([
    ['debian', 'qemu-utils', 'sudo apt install mtools qemu-system-x86 qemu-utils'],
    ['fedora', 'qemu-img', 'sudo dnf install mtools qemu-img qemu-system-x86-core'],
    ['rhel', 'qemu-img', 'sudo dnf install mtools qemu-img qemu-kvm'],
    ['arch', 'qemu-img', 'sudo pacman -S mtools qemu-img qemu-system-x86'],
    ['suse', 'qemu-img', 'sudo zypper install mtools qemu-img qemu-x86'],
    ['alpine', 'qemu-img', 'sudo apk add mtools qemu-img qemu-system-x86_64'],
    ['nixos', 'qemu', 'nix profile install nixpkgs#mtools nixpkgs#qemu'],
    ['homebrew', 'qemu', 'brew install mtools qemu'],
    ['macports', 'qemu', 'sudo port install mtools qemu'],
    ['freebsd', 'qemu-tools', 'sudo pkg install mtools qemu qemu-tools'],
  ])('is named all at once with the packages of %s, and one command installs it', (family, name, command) => {
    const error = lackError('baking', [undefined, ...lacks, ...lacks], system(family));
    expect(error?.problem.split('\n')).toEqual([
      expect.stringMatching(/^qemu-system-x86_64 is not installed \(package .+\)$/),
      `qemu-img is not installed (package ${name})`,
      'mformat and mcopy are not installed (package mtools)',
    ]);
    expect([error?.remedy, error?.exitCode]).toEqual([command, ExitCode.host]);
  });

  it('is named on a system that is not known, too', () => {
    expect(lackError('baking', lacks, system(undefined))?.remedy).toContain(
      "install mtools with your system's",
    );
  });

  it('is nothing where all is there', () => {
    expect(lackError('baking', [undefined, lackOfProgram('git', process.env)])).toBeUndefined();
  });

  it('has the exit code of its kind while all of it is of that kind', async () => {
    const space = await lackOfSpace('/', Number.MAX_SAFE_INTEGER, 'everything');
    expect(lackError('baking', [space])?.exitCode).toBe(ExitCode.diskFull);
    expect(lackError('baking', [space, ...lacks])?.exitCode).toBe(ExitCode.host);
  });
});

describe('a folder that is still to be made', () => {
  it('has the space and the rights of the one that it would lie in', async () => {
    const folder = await tempDir();
    await mkdir(join(folder, 'there'));
    const path = join(folder, 'there/not/yet');
    expect(await lackOfWriting(path)).toBeUndefined();
    expect(await lackOfSpace(path, 1, 'a byte')).toBeUndefined();
    const full = await lackOfSpace(path, Number.MAX_SAFE_INTEGER, 'everything');
    expect(full?.problem).toContain(`are free in ${join(folder, 'there')}, and everything takes about`);
  });

  it('cannot be made below a file', async () => {
    const file = join(await tempDir(), 'file');
    await writeFile(file, '');
    expect((await lackOfWriting(join(file, 'below')))?.problem).toBe(
      `${file} is a file, so ${join(file, 'below')} cannot be made`,
    );
    expect((await lackOfWriting(file))?.problem).toBe(`${file} is a file, and a folder is needed`);
  });
});

it.each(['nowhere', 'link'])('a link to %s is no place for a folder', async (target) => {
  const link = join(await tempDir(), 'link');
  await symlink(target, link);
  expect((await lackOfWriting(link))?.problem).toBe(`${link} is a link that leads nowhere`);
  expect((await lackOfWriting(join(link, 'below')))?.problem).toBe(`${link} is a link that leads nowhere`);
});

it('a file that is needed is there, or why it is not', async () => {
  const file = join(await tempDir(), 'key');
  expect((await lackOfFile(file, 'the key', 'name one'))?.problem).toBe(
    `the key ${file}: there is no such file or folder`,
  );
  await writeFile(file, '');
  expect(await lackOfFile(file, 'the key', 'name one')).toBeUndefined();
});
