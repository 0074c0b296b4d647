import { nameOf, own } from '../../freebsd/paths.ts';
import type { System } from '../../system/system.ts';

const agent = `${own.libexec}/podbsd-agent`;

/**
 * A plugin of this name that is not ours, in one of the folders where podman looks. Ours lies in a folder that is
 * searched after that of FreeBSD's packages; if podman calls ours anyway, ours leaves the work to the other one, as
 * both would want the same port.
 *
 * @param path CNI_PATH: folders with colons between them.
 */
export function foreignPlugin(system: System, path: string): string | undefined {
  const places = path.split(':').filter((folder) => folder.startsWith('/'));
  return places
    .map((folder) => `${folder}/dnsname`)
    .find((place) => {
      const stat = system.lstat(place);
      if (stat === undefined) return false;
      if (stat.type === 'symlink') return nameOf(system.readLink(place)) !== nameOf(agent);
      return stat.type === 'file' && (stat.mode & 0o111) !== 0;
    });
}
