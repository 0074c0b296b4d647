import { isWithin } from './paths.ts';

/**
 * Where Fedora CoreOS keeps folders that are known by a shorter path. podman 6.1 and later write these names into mount
 * units for what its user has typed as the shorter one; on FreeBSD the longer one is the link.
 */
export const fedoraLinks: readonly (readonly [link: string, folder: string])[] = [
  ['/var/home', '/home'],
  ['/var/srv', '/srv'],
  ['/var/mnt', '/mnt'],
  ['/var/opt', '/opt'],
  ['/var/roothome', '/root'],
];

/** Where a path leads in an image that has these links and no others. */
export function linkedPath(path: string, links = fedoraLinks): string {
  const found = links.find(([link]) => isWithin(path, link));
  return found === undefined ? path : found[1] + path.slice(found[0].length);
}
