import { errnoOf, messageOf } from './errors.ts';

const known: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'this user may not open it',
  EPERM: 'this user may not do that',
  EISDIR: 'it is a folder',
  EFTYPE: 'it is a pipe, a socket or a device',
  ENOTEMPTY: 'the folder is not empty',
  EEXIST: 'something of that name is there already',
  ENOSPC: 'no space is left on its file system',
  EDQUOT: "the user's quota is used up",
  EROFS: 'its file system is read-only',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EFBIG: 'the file would be larger than the system allows',
  EIO: 'the disk cannot be read there',
};

/** What the system says about a file, in words; the system's own message where there are none. */
export function fileProblem(error: unknown): string {
  return known[errnoOf(error) ?? ''] ?? messageOf(error);
}
