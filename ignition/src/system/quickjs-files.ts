import { joinBytes } from '../utf8.ts';
import { engineModule } from './engine-module.ts';
import { Errno, SystemError, type Content, type FileType } from './system.ts';

const os: typeof import('os') = await engineModule('os');
const std: typeof import('std') = await engineModule('std');

export function typeOf(mode: number): FileType {
  switch (mode & os.S_IFMT) {
    case os.S_IFREG:
      return 'file';
    case os.S_IFDIR:
      return 'directory';
    case os.S_IFLNK:
      return 'symlink';
    default:
      return 'other';
  }
}

/** QuickJS cuts strings at the first NUL, which would make another path of it. */
export function plain(text: string): string {
  if (text.includes('\0')) throw new SystemError('use', JSON.stringify(text), Errno.EINVAL, 'it holds a NUL');
  return text;
}

export function check(doing: string, path: string, result: number): number {
  if (result < 0) throw failure(doing, path, -result);
  return result;
}

export function failure(doing: string, path: string, errno: number): SystemError {
  return new SystemError(doing, path, errno, std.strerror(errno));
}

export function writeAndClose(fd: number, path: string, content: Content): void {
  if (typeof content === 'string') {
    const file = std.fdopen(fd, 'w');
    file.puts(content);
    file.flush();
    const failed = file.error();
    const result = file.close();
    if (failed || result < 0)
      throw new SystemError('write', path, -result, 'the text could not be written, is the disk full?');
    return;
  }
  try {
    writeBytes(fd, path, content);
  } catch (error) {
    os.close(fd);
    throw error;
  }
  check('write', path, os.close(fd));
}

export function writeBytes(fd: number, path: string, bytes: Uint8Array): void {
  const buffer = bytes.buffer as ArrayBuffer;
  for (let offset = 0; offset < bytes.length;) {
    const count = os.write(fd, buffer, bytes.byteOffset + offset, bytes.length - offset);
    if (count <= 0) throw failure('write', path, -count);
    offset += count;
  }
}

/** From where the file stands now to its end. */
export function readAll(fd: number, path: string): Uint8Array {
  const parts: Uint8Array[] = [];
  for (;;) {
    const part = new Uint8Array(65536);
    const count = os.read(fd, part.buffer, 0, part.length);
    if (count < 0) throw failure('read', path, -count);
    if (count === 0) return joinBytes(parts);
    parts.push(part.subarray(0, count));
  }
}
