import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';

const extraFolders = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

/** The absolute path of a program, looked up in PATH and the system folders, or undefined. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(':'), ...extraFolders];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

/**
 * Why a test that needs these programs cannot run here, or undefined when it can:
 * `describe.skipIf(missing('sshd') !== undefined)(...)`.
 */
export function missing(...names: readonly string[]): string | undefined {
  const absent = names.filter((name) => findProgram(name) === undefined);
  return absent.length === 0 ? undefined : `not installed: ${absent.join(', ')}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
