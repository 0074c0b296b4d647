import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Folders that hold containers.conf and its drop-ins. */
export interface ConfRoots {
  /** The system's, the weakest first: /usr/share/containers, /etc/containers. */
  readonly system: readonly string[];
  /** The user's. */
  readonly user: string;
  /** Of the user: podman 6 has folders for one user or for all but root. */
  readonly uid: number;
}

/**
 * The configuration files in the order in which podman reads them; a later one overrules an earlier one.
 *
 * @param own a drop-in of the user's that takes its place in the order whether it is there or not.
 */
export function confFiles(roots: ConfRoots, own: string, podmanMajor: number): string[] {
  return podmanMajor >= 6 ? filesSince6(roots, own) : filesBefore6(roots, own);
}

/** Folder after folder, each with its main file first and its drop-ins sorted by name (containers/common). */
function filesBefore6({ system, user }: ConfRoots, own: string): string[] {
  return [...system, user].flatMap((root) => {
    const folder = join(root, 'containers.conf.d');
    const ownName = dirname(own) === folder ? [basename(own)] : [];
    const names = [...new Set([...dropInNames(folder), ...ownName])].sort();
    return [...mainFile(root), ...names.map((name) => join(folder, name))];
  });
}

/**
 * Only the strongest main file, then the drop-ins of all folders in one row sorted by name, where a stronger folder's
 * file hides a weaker one's of the same name (container-libs, storage/pkg/configfile).
 */
function filesSince6({ system, user, uid }: ConfRoots, own: string): string[] {
  const main = [user, ...[...system].reverse()].flatMap(mainFile).slice(0, 1);
  const rootless = (root: string): string => join(root, 'containers.rootless.conf.d');
  const folders = [
    ...system.flatMap((root) => [
      join(root, 'containers.conf.d'),
      rootless(root),
      join(rootless(root), String(uid)),
    ]),
    join(user, 'containers.conf.d'),
  ];
  const dropIns = new Map(
    folders.flatMap((folder) => dropInNames(folder).map((name) => [name, join(folder, name)] as const)),
  );
  dropIns.set(basename(own), own);
  return [...main, ...[...dropIns].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, path]) => path)];
}

function mainFile(root: string): string[] {
  return listIfThere(root).includes('containers.conf') ? [join(root, 'containers.conf')] : [];
}

function dropInNames(folder: string): string[] {
  return listIfThere(folder).filter((name) => name.endsWith('.conf'));
}

function listIfThere(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
