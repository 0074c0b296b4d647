import type { Command } from '../command-line/command.ts';
import { Context, rootOwned } from '../apply/context.ts';
import { ensureDirectory, ensureFile } from '../apply/place.ts';
import { ensureDataset, rootPool } from '../freebsd/zfs.ts';
import { messageOf, type System } from '../system/system.ts';
import { announce, log } from '../log.ts';

/** Where containers and images are kept on FreeBSD. */
const containers = '/var/db/containers';
const settings = '/usr/local/etc/containers/storage.conf';
const mark = '# Written by podbsd';

export const storageCommand: Command = {
  name: 'storage',
  summary: 'Prepare the container storage (at each boot)',
  details:
    'On ZFS: a dataset mounted at /var/db/containers and the storage driver zfs. On UFS: a folder and the\n' +
    'driver vfs. A storage.conf that somebody else has written is left alone.',
  examples: ['podbsd-agent storage'],
  options: [],
  run: prepareStorage,
};

/** At each boot, before any service: a place for containers, and the storage driver that fits it. */
export function prepareStorage(system: System): number {
  try {
    const context = new Context(system);
    const driver = prepareFolder(context);
    writeSettings(context, driver);
    log(system, `container storage: ${driver}`);
    return 0;
  } catch (error) {
    announce(system, `the container storage could not be prepared: ${messageOf(error)}`);
    return 1;
  }
}

function prepareFolder(context: Context): 'zfs' | 'vfs' {
  const pool = rootPool(context.system);
  if (pool === undefined) {
    ensureDirectory(context, containers, 0o700, rootOwned);
    return 'vfs';
  }
  const place = ensureDataset(context.system, `${pool}/containers`, containers);
  if (place !== containers)
    log(context.system, `${pool}/containers is mounted at ${place}, not at ${containers}`);
  return 'zfs';
}

/** Ours, or the unchanged sample of the package: anything else is somebody's own settings. */
function writeSettings(context: Context, driver: 'zfs' | 'vfs'): void {
  const { system } = context;
  const there = system.readText(settings);
  const isOurs =
    there === undefined || there.startsWith(mark) || there === system.readText(`${settings}.sample`);
  if (!isOurs) return;
  const content = [
    `${mark} at each boot; without this line it stays as you write it.`,
    '[storage]',
    `driver = "${driver}"`,
    'runroot = "/var/run/containers/storage"',
    `graphroot = "${containers}/storage"`,
    '',
  ].join('\n');
  ensureFile(context, { path: settings, content, mode: 0o644, owner: rootOwned });
}
