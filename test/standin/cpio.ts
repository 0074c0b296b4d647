import { createWriteStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { execa } from 'execa';

/**
 * Packs a folder in the format of Linux's initramfs, everything owned by root. Several such archives, one after the other,
 * are one initramfs.
 */
export async function packCpio(folder: string, file: string): Promise<void> {
  const names = await readdir(folder, { recursive: true });
  const child = execa('cpio', ['--create', '--format=newc', '--owner=+0:+0', '--null', '--quiet'], {
    cwd: folder,
    input: ['.', ...names.sort()].map((name) => `${name}\0`).join(''),
    buffer: { stdout: false },
  });
  await Promise.all([pipeline(child.stdout, createWriteStream(file)), child]);
}
