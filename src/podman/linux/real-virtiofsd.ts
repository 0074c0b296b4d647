import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, lstatSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../../ground/until.ts';
import type { VirtiofsdRecord } from './virtiofsd-record.ts';

/** Where distributions install virtiofsd; never in PATH. (QEMU's own of that name, up to 7.2, is another program.) */
export const virtiofsdFolders: readonly string[] = [
  '/usr/local/libexec',
  '/usr/libexec',
  '/usr/libexec/podman',
  '/usr/lib/podman',
  '/usr/lib',
];

/** How long virtiofsd may take until it listens; milliseconds. */
const PATIENCE = 5_000;

/**
 * The distribution's virtiofsd, or the one that the user's configuration names.
 * @param podmanFolders where podman itself looks first, without podbsd's folder.
 * @param ownFolder holds the stand-in, which is not it.
 */
export function findVirtiofsd(
  podmanFolders: readonly string[],
  ownFolder: string,
  path = process.env['PATH'] ?? '',
): string | undefined {
  const own = existsSync(ownFolder) ? realpathSync(ownFolder) : ownFolder;
  return [...podmanFolders, ...path.split(':'), ...virtiofsdFolders]
    .filter((folder) => folder !== '' && existsSync(folder) && realpathSync(folder) !== own)
    .map((folder) => join(folder, 'virtiofsd'))
    .find(isExecutable);
}

/**
 * Starts the real virtiofsd with podman's own arguments and waits until it listens: QEMU connects at once. It outlives
 * this program and ends by itself when QEMU disconnects.
 */
export async function startVirtiofsd(
  program: string,
  socket: string,
  record: VirtiofsdRecord,
): Promise<void> {
  const child = spawn(program, record.args, { cwd: record.folder, detached: true, stdio: 'ignore' });
  let failure: string | undefined;
  child.once('error', (error) => {
    failure = error.message;
  });
  child.once('exit', (code, signal) => {
    failure = `it ended with ${signal ?? `exit code ${String(code)}`}`;
  });
  const listens = (): true | undefined => {
    if (lstatSync(socket, { throwIfNoEntry: false })?.isSocket() === true) return true;
    if (failure !== undefined) throw new Error(`${program} does not share ${record.folder}: ${failure}`);
    return undefined;
  };
  if ((await until(listens, { every: 10, within: PATIENCE })) === undefined)
    throw new Error(`${program} does not listen on ${socket}`);
  child.unref();
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
