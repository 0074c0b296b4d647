import { readFile, readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { packageRoot } from '../../ground/assets.ts';
import { file, link, type OverlayEntry } from './entry.ts';

const folder = join(packageRoot, 'image', 'alpine');

/** Files that only root reads. git and npm keep no other permission bits than "executable". */
const PRIVATE = new Set(['etc/ssh/sshd_config']);

/** The files that every guest gets, from image/alpine/overlay. */
export async function staticEntries(): Promise<OverlayEntry[]> {
  const root = join(folder, 'overlay');
  const found = await readdir(root, { recursive: true, withFileTypes: true });
  const files = found.filter((entry) => entry.isFile());
  return await Promise.all(
    files.map(async (entry) => {
      const source = join(entry.parentPath, entry.name);
      const path = relative(root, source).split(sep).join('/');
      const executable = ((await stat(source)).mode & 0o100) !== 0;
      return file(path, await readFile(source), executable ? 0o755 : PRIVATE.has(path) ? 0o600 : 0o644);
    }),
  );
}

/** OpenRC's links for the services in image/alpine/runlevels. */
export async function runlevelLinks(): Promise<OverlayEntry[]> {
  const lines = (await readFile(join(folder, 'runlevels'), 'utf8')).split('\n');
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [runlevel = '', service = ''] = line.split(' ');
      return runlevelLink(runlevel, service);
    });
}

export function runlevelLink(runlevel: string, service: string): OverlayEntry {
  return link(`etc/runlevels/${runlevel}/${service}`, `/etc/init.d/${service}`);
}
