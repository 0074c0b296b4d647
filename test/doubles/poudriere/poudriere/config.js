import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Exit } from '../lib/exit.js';
import { createDataset, isMaster, settings } from '../lib/world.js';

const names = [
  'ZPOOL',
  'ZROOTFS',
  'BASEFS',
  'DISTFILES_CACHE',
  'NO_ZFS',
  'PARALLEL_JOBS',
  'NOLINUX',
  'FREEBSD_HOST',
  'PACKAGE_FETCH_BLACKLIST',
];

/** Reads poudriere.conf with a real shell, so that wrong quoting shows. */
export function readConfig(etc) {
  const file = join(etc, 'poudriere.conf');
  try {
    accessSync(file, constants.R_OK);
  } catch {
    throw new Exit(1, `Error: Unable to find a readable poudriere.conf in ${etc}`);
  }
  const script = `set -eu; ${names.map((name) => `${name}=`).join(' ')}; . "$1"; ${names.map((name) => `printf '%s\\n' "$${name}"`).join('; ')}`;
  const lines = execFileSync('sh', ['-c', script, 'sh', file], { encoding: 'utf8' }).split('\n');
  const values = Object.fromEntries(names.map((name, index) => [name, lines[index]]));
  if (values.NO_ZFS !== 'yes') {
    if (values.ZPOOL === '') throw new Exit(1, 'Error: ZPOOL variable is not set');
    if (!settings.pools.includes(values.ZPOOL)) throw new Exit(1, `Error: No such zpool: ${values.ZPOOL}`);
    if (!/^\/[^/]/.test(values.ZROOTFS)) throw new Exit(1, 'Error: ZROOTFS should start with a /');
  }
  if (values.BASEFS === '')
    throw new Exit(1, 'Error: Please provide a BASEFS variable in your poudriere.conf');
  const etcd = join(etc, 'poudriere.d');
  const data = join(values.BASEFS, 'data');
  if (values.NO_ZFS !== 'yes') makeDatasets(`${values.ZPOOL}${values.ZROOTFS}`, values.BASEFS);
  for (const name of ['.m', 'cache', 'images', 'logs', 'packages', 'wrkdirs'])
    mkdirSync(join(data, name), { recursive: true });
  return { etc, etcd, data, base: values.BASEFS, values };
}

/** get_data_dir(): 3.4 sets a mount point for `data` only, master for the dataset that all others lie in. */
function makeDatasets(root, base) {
  if (isMaster) createDataset(root, base);
  createDataset(`${root}/data`, isMaster ? undefined : `${base}/data`);
  for (const name of ['.m', 'cache', 'logs', 'packages', 'wrkdirs']) createDataset(`${root}/data/${name}`);
}

/** A one-line metadata file of a jail or tree; undefined when there is none. */
export function meta(config, kind, name, key) {
  const file = join(config.etcd, kind, name, key);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

export function exists(config, kind, name) {
  return existsSync(join(config.etcd, kind, name));
}
