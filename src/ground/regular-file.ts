import { open, readFile, stat, type FileHandle } from 'node:fs/promises';

/**
 * Rejects for what is neither a file nor a folder: opening a pipe waits for somebody who writes, and a device may never
 * come to its end. The code is EFTYPE, which is FreeBSD's for that; other codes are the system's own.
 */
export async function expectRegular(path: string): Promise<void> {
  const found = await stat(path);
  if (!found.isFile() && !found.isDirectory()) throw notRegular(path);
}

/** The error for a pipe, a socket or a device where a file should be. */
export function notRegular(path: string): Error {
  return Object.assign(new Error(`EFTYPE: a pipe, socket or device and no file, read '${path}'`), {
    code: 'EFTYPE',
    syscall: 'read',
    path,
  });
}

/** Opens a file for reading, and nothing that might not answer. */
export async function openRegular(path: string): Promise<FileHandle> {
  await expectRegular(path);
  return await open(path, 'r');
}

/** The bytes of a file, and of nothing that might not answer. */
export async function readRegular(path: string): Promise<Buffer> {
  await expectRegular(path);
  return await readFile(path);
}
