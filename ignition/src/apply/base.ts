import { fedoraLinks } from '../freebsd/fedora-links.ts';
import { expectedFolders } from '../freebsd/furniture.ts';
import { own } from '../freebsd/paths.ts';
import { rootOwned, type Context } from './context.ts';
import { ensureDirectory, ensureSymlink } from './place.ts';

/** What every run needs, whatever the config says, also when there is none that can be read. */
export function ensureBase(context: Context): void {
  const { system } = context;
  for (const folder of [own.database, own.run]) ensureDirectory(context, folder, 0o755, rootOwned);
  if (system.lstat('/run') === undefined) ensureSymlink(context, '/run', 'var/run', rootOwned);
  for (const [link, folder] of fedoraLinks)
    if (system.lstat(link) === undefined) ensureSymlink(context, link, `..${folder}`, rootOwned);
  // podman sends its scripts to exactly this path.
  if (system.lstat('/usr/bin/bash') === undefined && system.lstat('/usr/local/bin/bash') !== undefined) {
    ensureSymlink(context, '/usr/bin/bash', '/usr/local/bin/bash', rootOwned);
  }
  for (const folder of expectedFolders) ensureDirectory(context, folder);
}
