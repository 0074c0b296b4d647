import { own } from '../../freebsd/paths.ts';
import { log } from '../../log.ts';
import type { Argv, System } from '../../system/system.ts';

/** Where things are; tests on other systems have their own. */
export interface NamesPlaces {
  readonly dnsmasq: string;
  /** The guest's own resolver, to which everything else is forwarded. */
  readonly resolvConf: string;
  /** One folder for each network. */
  readonly folder: string;
  /** A program that takes the lock of this file, waiting for it no longer than told, then runs cat(1). */
  lock(file: string, seconds: number): Argv;
  /** Prints something that is different after each boot. */
  readonly bootId: Argv;
  readonly pfctl: string;
  /** Prints the IPv6 addresses of a bridge, each on a line of its own with `tentative` while it cannot be used. */
  addresses(bridge: string): Argv;
  readonly log: (system: System, message: string) => void;
}

export const guestPlaces: NamesPlaces = {
  dnsmasq: '/usr/local/sbin/dnsmasq',
  resolvConf: '/etc/resolv.conf',
  folder: `${own.run}/dnsname`,
  // The kernel releases the lock when its holder ends, and the holder ends with us.
  lock: (file, seconds) => ['/usr/bin/lockf', '-k', '-s', '-t', String(seconds), file, '/bin/cat'],
  bootId: ['/sbin/sysctl', '-n', 'kern.boot_id'],
  pfctl: '/sbin/pfctl',
  addresses: (bridge) => ['/sbin/ifconfig', bridge, 'inet6'],
  log,
};
