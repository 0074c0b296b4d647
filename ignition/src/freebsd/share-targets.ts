import { isWithin } from './paths.ts';

/**
 * Where in the guest a folder of the host can be shown, and where not: the one table, of the guest and of the host tool. A
 * path is looked at after the links on it.
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

/**
 * Below what the system needs, but meant for the users' own files: homes and sources, see hier(7). FreeBSD's developers
 * keep these folders on their host.
 */
const peoples = ['/usr/home', '/usr/local/src', '/usr/obj', '/usr/ports', '/usr/src'];

/** Made for file systems from elsewhere, see hier(7): a share may cover them, but without one they stay, though empty. */
const mountPoints = ['/media', '/mnt', '/net', '/opt', ...peoples];

export function isMountPoint(path: string): boolean {
  return mountPoints.includes(path);
}

/** Whether the system needs this folder as it is. */
export function isSystemFolder(path: string): boolean {
  const isPeoples = peoples.some((folder) => isWithin(path, folder));
  return neverCovered.includes(path) || (!isPeoples && neverWithin.some((folder) => isWithin(path, folder)));
}

/**
 * Why a share is not put there, or undefined when it is. podman 6 asks for /etc/containers.
 *
 * @param homes homes of the accounts: covering one would hide the keys that people log in with.
 */
export function whyNotCovered(target: string, homes: readonly string[]): string | undefined {
  if (isSystemFolder(target)) return 'the system needs this folder';
  const home = homes.find((path) => isWithin(path, target) || isWithin(target, `${path}/.ssh`));
  return home === undefined ? undefined : 'the SSH keys are there';
}

/** The homes in which keys lie that people log in with. */
export function homesOf(accounts: readonly { readonly uid: number; readonly home: string }[]): string[] {
  return accounts
    .filter(({ uid }) => uid === 0 || uid >= 500)
    .map(({ home }) => home)
    .filter((home) => home.startsWith('/') && home !== '/');
}
