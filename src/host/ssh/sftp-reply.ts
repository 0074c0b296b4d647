import type { Stats } from 'ssh2';
import { PodbsdError, ExitCode } from '../../ground/errors.ts';
import type { FileInfo } from '../host.ts';

/** Numbers of SFTP's status replies (draft-ietf-secsh-filexfer-02, section 7). */
const NO_SUCH_FILE = 2;

export function isNoSuchFile(error: unknown): boolean {
  return (error as { code?: unknown }).code === NO_SUCH_FILE;
}

export function infoOf(stats: Stats): FileInfo {
  const { size, uid, gid, mtime } = stats;
  const type = stats.isFile()
    ? 'file'
    : stats.isDirectory()
      ? 'directory'
      : stats.isSymbolicLink()
        ? 'symlink'
        : 'other';
  return { type, size, mode: stats.mode & 0o7777, uid, gid, mtime };
}

/**
 * SFTP version 3 says only "Failure" for a full disk, a busy file and much else, so the message adds the path. Errors
 * that are not a status of the server (an abort, a local file) are returned unchanged.
 */
export function fileError(hostName: string, path: string, error: unknown): unknown {
  if (!(error instanceof Error) || typeof (error as { code?: unknown }).code !== 'number') return error;
  const { message } = error;
  return new PodbsdError({
    doing: `working on ${path} on ${hostName}`,
    problem:
      message === 'Failure' ? 'the server reports a failure (no space left? no such parent?)' : message,
    exitCode: ExitCode.host,
    cause: error,
  });
}
