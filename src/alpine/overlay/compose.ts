import { dataFolder, type AlpineConfig } from '../../config/alpine.ts';
import { file, link, type OverlayEntry } from './entry.ts';
import { runlevelLink, runlevelLinks, staticEntries } from './static-tree.ts';
import type { SshKeyPair } from '../../host/ssh/key-pair.ts';

export interface OverlayInput {
  readonly config: AlpineConfig;
  readonly hostname: string;
  /** Branch of the packages, `latest-stable` or `v3.24`: that of the ISO image when it is known. */
  readonly branch: string;
  readonly hostKey: SshKeyPair;
  /** Public keys that may log in as root. */
  readonly authorizedKeys: readonly string[];
}

/** Everything in the overlay of a guest. Values go into files that are data; the scripts are the same for all. */
export async function composeOverlay(input: OverlayInput): Promise<OverlayEntry[]> {
  const { config, hostname } = input;
  return [
    ...(await staticEntries()),
    ...(await runlevelLinks()),
    file('etc/hostname', `${hostname}\n`),
    file('etc/hosts', `127.0.0.1\tlocalhost ${hostname}\n::1\tlocalhost ${hostname}\n`),
    ...network(config, hostname),
    file('etc/apk/world', lines(world(config))),
    file('etc/apk/repositories', repositories(config.mirror, input.branch)),
    // The link must not be there when the disk is read-only: apk would install nothing, and the guest not boot.
    ...(config.overlay_readonly ? [] : [link('etc/apk/cache', '/media/apkovl/cache')]),
    file('etc/fstab', fstab(config)),
    file('etc/ssh/ssh_host_ed25519_key', input.hostKey.privateKey, 0o600),
    file('etc/ssh/ssh_host_ed25519_key.pub', `${input.hostKey.publicKey}\n`),
    file('etc/ssh/authorized_keys/root', lines(input.authorizedKeys), 0o600),
    file('etc/timezone', `${config.timezone}\n`),
    link('etc/localtime', `/usr/share/zoneinfo/${config.timezone}`),
    file('etc/podbsd/engine', `${config.engine}\n`),
    ...proxy(config),
    ...dataDisk(config),
    ...shares(config),
  ];
}

/** The packages that `apk` installs at boot. Those of the base are on the ISO image, the engine comes from the network. */
function world(config: AlpineConfig): string[] {
  const base = ['alpine-base', 'chrony', 'e2fsprogs', 'openssh', 'tzdata'];
  const engine = { podman: ['podman'], docker: ['docker', 'docker-cli'], none: [] }[config.engine];
  return [...new Set([...base, ...engine, ...config.packages])].sort();
}

/** The boot medium first: what it holds is installed without a network. */
export function repositories(mirror: string, branch: string): string {
  return lines(['/media/cdrom/apks', `${mirror}/${branch}/main`, `${mirror}/${branch}/community`]);
}

function network(config: AlpineConfig, hostname: string): OverlayEntry[] {
  const loopback = 'auto lo\niface lo inet loopback\n\nauto eth0\n';
  if (config.network === 'dhcp')
    return [file('etc/network/interfaces', `${loopback}iface eth0 inet dhcp\n\thostname ${hostname}\n`)];
  const { address, gateway, dns, search } = config.network;
  const family = address.includes(':') ? 'inet6' : 'inet';
  const resolver = [
    ...(search === undefined ? [] : [`search ${search}`]),
    ...dns.map((server) => `nameserver ${server}`),
  ];
  return [
    file(
      'etc/network/interfaces',
      `${loopback}iface eth0 ${family} static\n\taddress ${address}\n\tgateway ${gateway}\n`,
    ),
    file('etc/resolv.conf', lines(resolver)),
  ];
}

/** This file replaces that of the initramfs, so the line for the boot medium must be in it. */
function fstab(config: AlpineConfig): string {
  const options = config.overlay_readonly ? 'ro,noatime' : 'rw,noatime';
  return lines([
    '/dev/cdrom /media/cdrom iso9660 noauto,ro 0 0',
    `LABEL=APKOVL /media/apkovl vfat ${options} 0 0`,
  ]);
}

/** Shell that sets the proxies, read by login shells, by services and by the installer of the engine. */
function proxy(config: AlpineConfig): OverlayEntry[] {
  const { http, https, none } = config.proxy;
  const values = { http_proxy: http, https_proxy: https, no_proxy: none };
  const exports = Object.entries(values).flatMap(([name, value]) =>
    // The schema allows no quote in these values, so that none can end the string.
    value === undefined ? [] : [`export ${name}='${value}'`, `export ${name.toUpperCase()}='${value}'`],
  );
  if (exports.length === 0) return [];
  return [
    file('etc/podbsd/proxy', lines(exports)),
    link('etc/profile.d/podbsd-proxy.sh', '/etc/podbsd/proxy'),
    link('etc/rc.conf.d/podbsd-proxy.conf', '/etc/podbsd/proxy'),
  ];
}

function dataDisk(config: AlpineConfig): OverlayEntry[] {
  if (config.data_disk === 'none') return [];
  return [
    file('etc/podbsd/data-disk', `${dataFolder(config.engine)}\n`),
    runlevelLink('boot', 'podbsd-data'),
  ];
}

function shares(config: AlpineConfig): OverlayEntry[] {
  if (config.shares.length === 0) return [];
  // From the outside in: a share that is mounted above another would hide it.
  const ordered = [...config.shares].sort((a, b) => (a.target < b.target ? -1 : 1));
  const table = ordered.map((one) => `${one.tag}\t${one.target}\t${one.readonly ? 'ro' : 'rw'}`);
  return [
    file('etc/podbsd/shares', lines(table)),
    // The service makes the folders: those of the overlay would decide on the modes of all folders above them.
    runlevelLink('boot', 'podbsd-shares'),
  ];
}

function lines(items: readonly string[]): string {
  return items.map((item) => `${item}\n`).join('');
}
