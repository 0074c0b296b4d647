import type { OverlayProblem } from '../problem.ts';
import type { OverlayMember } from '../scan.ts';
import { each, error, warning, type Rule } from './rule.ts';

/** Makes apk cache packages; on a read-only disk it makes apk fail. */
export const CACHE_LINK = 'etc/apk/cache';

/** Files of baselayout that list accounts: the overlay's copy replaces the package's as a whole. */
export const accounts: Rule = each((member, path) => {
  if (!/^etc\/(passwd|group|shadow)$/.test(path) || /^root:/m.test(member.content.toString()))
    return undefined;
  return error(path, 'has no line for root; it replaces the file of the system as a whole');
});

export const cache: Rule = (members, options) =>
  members
    .filter((member) => member.path === CACHE_LINK)
    .filter(() => options.readonlyDisk === true)
    .map(() =>
      error(
        CACHE_LINK,
        'points to a cache, but the disk is read-only: nothing is installed and the guest does not boot',
      ),
    );

export const boot: Rule = (members) => {
  const paths = new Set(members.map((member) => member.path));
  const found: OverlayProblem[] = [];
  if (!paths.has('etc/apk/world'))
    found.push(warning('etc/apk/world', 'is missing: only alpine-base is installed, without SSH server'));
  const fstab = members.find((member) => member.path === 'etc/fstab');
  if (fstab !== undefined && !/\s\/media\/cdrom\s/.test(fstab.content.toString()))
    found.push(warning('etc/fstab', 'has no line for /media/cdrom: the boot medium stays at /media/sr0'));
  if (!paths.has('etc/ssh/ssh_host_ed25519_key'))
    found.push(
      warning('etc/ssh/ssh_host_ed25519_key', 'is missing: the guest makes new host keys at every boot'),
    );
  return found;
};

/** Without these only what is built into the kernel works: no device nodes, no modules, no drivers. */
const BOOT_SERVICES = ['devfs', 'modloop', 'hwdrivers'] as const;
/** If this file exists, the initramfs adds its default services; otherwise only the overlay's runlevels count. */
export const DEFAULT_SERVICES = 'etc/.default_boot_services';

/** The services that no runlevel has and that the initramfs does not add either. */
export function missingServices(members: readonly OverlayMember[]): string[] {
  const paths = new Set(members.map(({ path }) => path));
  if (paths.has(DEFAULT_SERVICES)) return [];
  const started = new Set([...paths].map((path) => /^etc\/runlevels\/[^/]+\/(.+)$/.exec(path)?.[1]));
  return BOOT_SERVICES.filter((service) => !started.has(service));
}

export const services: Rule = (members) => {
  const missing = missingServices(members);
  if (missing.length === 0) return [];
  return [
    error(
      'etc/runlevels',
      `no runlevel has ${missing.join(', ')}, and there is no ${DEFAULT_SERVICES}: the guest boots without them`,
    ),
  ];
};
