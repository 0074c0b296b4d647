/** Where FreeBSD keeps what podman names by its Linux path. */

/** podman's marker files are read under their Linux paths on FreeBSD too: the old one up to podman 5, the new one from 6. */
export const markerPaths = ['/etc/containers/podman-machine', '/etc/podman-machine'] as const;

const programs: Readonly<Record<string, string>> = {
  '/usr/bin/podman': '/usr/local/bin/podman',
  '/bin/podman': '/usr/local/bin/podman',
};

/** Linux folders of packages that live below /usr/local here. */
const folders: readonly (readonly [linux: string, freebsd: string])[] = [
  ['/etc/containers', '/usr/local/etc/containers'],
  ['/etc/docker/certs.d', '/usr/local/etc/docker/certs.d'],
  ['/run', '/var/run'],
];

/** The path on FreeBSD of a path in the config. Most paths are the same. */
export function pathOnFreebsd(path: string): string {
  if ((markerPaths as readonly string[]).includes(path)) return path;
  const program = programs[path];
  if (program !== undefined) return program;
  for (const [linux, freebsd] of folders) {
    if (path === linux || path.startsWith(`${linux}/`)) return freebsd + path.slice(linux.length);
  }
  return path;
}

/** Whether `path` is `folder` or lies below it. */
export function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder === '/' ? '/' : `${folder}/`);
}

export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

/** The agent's own places. */
export const own = {
  libexec: '/usr/local/libexec/podbsd',
  fwcfg: '/usr/local/libexec/podbsd/fwcfg',
  /** Survives reboots; readable by everybody, so nothing secret goes there. */
  database: '/var/db/podbsd',
  status: '/var/db/podbsd/status.json',
  shares: '/var/db/podbsd/shares.json',
  record: '/var/db/podbsd/record.json',
  environment: '/var/db/podbsd/environment.json',
  /** In each boot environment its own. */
  upgrade: '/var/db/podbsd/upgrade.json',
  /** Emptied at each boot. */
  run: '/var/run/podbsd',
  /** Exists once provisioning has finished in this boot, successfully or not. */
  provisioned: '/var/run/podbsd/provisioned',
  /** What was written to podman's port in this boot. */
  ready: '/var/run/podbsd/ready',
  /** Exists in the boot that made an upgrade. */
  upgradeThisBoot: '/var/run/podbsd/upgraded',
  log: '/var/log/podbsd.log',
  /** The full output of pkg and freebsd-update. */
  upgradeLog: '/var/log/podbsd-upgrade.log',
} as const;

export const apiSocket = '/var/run/podman/podman.sock';
export const tmpfilesDocker = '/etc/tmpfiles.d/podman-docker.conf';
export const certificates = '/usr/local/etc/containers/certs.d';
