import { isAbsolute, relative } from 'node:path';

/**
 * Where in the guest a folder of the host cannot be shown. The guest has the same table, for volumes that others give
 * it (ignition/src/freebsd/share-targets.ts); a test compares the two.
 */

/** Covered by a share, the machine would not work any more. */
const neverCovered = [
  '/',
  '/home',
  '/proc',
  '/root',
  '/run',
  '/tmp',
  '/var',
  '/var/log',
  '/var/tmp',
  '/zroot',
];

/** The same for everything below. */
const neverWithin = [
  '/bin',
  '/boot',
  '/dev',
  '/etc',
  '/lib',
  '/libexec',
  '/proc',
  '/rescue',
  '/root/.ssh',
  '/run',
  '/sbin',
  '/usr',
  '/var/db',
  '/var/run',
];

/** Below these, but meant for the users' own files: homes and sources, see hier(7). */
const peoples = ['/usr/home', '/usr/local/src', '/usr/obj', '/usr/ports', '/usr/src'];

/**
 * Why the guest cannot show a folder there; undefined when it can.
 * @param target absolute and normal.
 * @param user the machine's user: covering a home would hide the key that podbsd logs in with.
 */
export function whyNoTarget(target: string, user: string): string | undefined {
  if (isSystemFolder(target)) return `${target} is part of the guest's own system`;
  const homes = ['/root', `/home/${user}`];
  return homes.some((home) => isWithin(home, target) || isWithin(target, `${home}/.ssh`))
    ? `${target} holds the keys that podbsd and podman log in with`
    : undefined;
}

/** Whether the guest's system needs this folder as it is. */
export function isSystemFolder(path: string): boolean {
  const isPeoples = peoples.some((folder) => isWithin(path, folder));
  return neverCovered.includes(path) || (!isPeoples && neverWithin.some((folder) => isWithin(path, folder)));
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way === '' || (!isAbsolute(way) && way !== '..' && !way.startsWith('../'));
}
