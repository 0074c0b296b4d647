import { isWithin } from './paths.ts';

/** Covered by a share, the machine would not work any more. */
const neverCovered = [
  '/',
  '/home',
  '/proc',
  '/root',
  '/run',
  '/tmp',
  '/usr/home',
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

/** Made for file systems from elsewhere, see hier(7): a share may cover them, but without one they stay, though empty. */
const mountPoints = ['/media', '/mnt', '/net', '/opt'];

export function isMountPoint(path: string): boolean {
  return mountPoints.includes(path);
}

/** Whether the system needs this folder as it is. */
export function isSystemFolder(path: string): boolean {
  const isPeoples = isWithin(path, '/usr/home') && path !== '/usr/home';
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
