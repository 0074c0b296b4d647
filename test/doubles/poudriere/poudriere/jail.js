import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { Exit, usage } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import {
  createDataset,
  isMaster,
  onSignal,
  point,
  put,
  remove,
  setState,
  settings,
  state,
} from '../lib/world.js';
import { exists, meta } from './config.js';
import { say } from './say.js';

const SPEC = 'bBiJ:j:v:a:z:m:nf:M:sdkK:lqcip:r:uU:t:z:P:S:DxXC:y';

export async function run(args, config) {
  const { flags, options, rest } = getopt(SPEC, args, 'jail');
  if (rest.length > 0) throw usage(`Unexpected arguments: ${rest.join(' ')}`);
  const actions = options.filter(([letter]) => 'cdiklsur'.includes(letter));
  if (actions.length !== 1) throw usage('Missing: one of -c -d -i -k -l -s -u -r');
  if (flags.j === undefined) throw usage('Missing: JAILNAME');
  if (flags.c) return await create(flags, config);
  if (flags.d) return await destroy(flags, config);
  if (flags.k) return await stop(flags, config);
  throw usage('the double knows -c, -d and -k only');
}

async function create(flags, config) {
  const { j: name, m: method = 'http', v: version, a: arch = 'amd64', K: kernel } = flags;
  if (name.includes('.')) throw new Exit(1, 'Error: The jailname cannot contain a period (.). See jail(8)');
  if (exists(config, 'jails', name)) throw new Exit(2, `Error: The jail ${name} already exists`);
  if (!['amd64', 'arm64.aarch64'].includes(arch)) throw new Exit(1, `Error: Unknown arch ${arch}`);
  const source = /^src=(.*)$/.exec(method)?.[1];
  if (flags.b && source === undefined) throw usage('-b is only used with -m src');
  if (source === undefined && !/^(http|ftp-archive|url=.+)$/.test(method))
    throw new Exit(2, `Error: Unknown method ${method}`);
  if (method === 'http' && config.values.FREEBSD_HOST === '')
    throw new Exit(1, 'Error: FREEBSD_HOST is not set');
  if (source === undefined && version === undefined) throw usage('Missing: VERSION');
  // A relative path is looked up in /tmp, where Poudriere has gone.
  if (source !== undefined && !existsSync(source))
    throw new Exit(1, `Error: No such source directory: ${source}`);

  const mnt = join(config.base, 'jails', name);
  const fs = `${config.values.ZPOOL}${config.values.ZROOTFS}/jails/${name}`;
  const set = (key, value) => put(join(config.etcd, 'jails', name, key), `${value}\n`);
  const giveUp = () => {
    process.stderr.write('Error while creating jail, cleaning up.\n');
    remove(join(config.etcd, 'jails', name));
    remove(mnt);
    destroyDataset(fs);
  };
  onSignal(giveUp);
  // Poudriere writes these before it installs anything.
  for (const [key, value] of Object.entries({
    version: version ?? '',
    mnt,
    fs,
    arch,
    method,
    timestamp: Math.floor(Date.now() / 1000),
    kernel: kernel ?? '',
  }))
    set(key, value);
  try {
    createDataset(fs, mnt);
    mkdirSync(mnt, { recursive: true });
    say(`Creating ${name} fs at ${mnt}... done`);
    await point('jail');
    if (source === undefined) await installRelease(mnt, version, kernel);
    else await installSource(mnt, source, kernel, arch);
    await point('jail.late');
  } catch (error) {
    giveUp();
    throw error;
  }
  set('version', source === undefined ? version : sourceVersion(source));
  set('pkgbase', '0');
  say(`Jail ${name} ${version ?? ''} ${arch} is ready to be used`);
  return 0;
}

async function installRelease(mnt, version, kernel) {
  const [major, minor] = version.split(/[.-]/).map(Number);
  say(`Fetching MANIFEST for FreeBSD ${version}`);
  await point('jail.fetch');
  say('Extracting base... done');
  const hasP9fs = settings.faults.p9fs === undefined && (major >= 15 || (major === 14 && minor >= 4));
  fill(mnt, { osversion: major * 100_000 + minor * 1000, kernel, p9fs: hasP9fs });
}

async function installSource(mnt, source, kernel, arch) {
  say(`Copying ${source} to ${mnt}/usr/src... done`);
  cpSync(source, join(mnt, 'usr/src'), { recursive: true, filter: (path) => !/\/\.(git|svn)$/.test(path) });
  const [target, targetArch = target] = arch.split('.');
  const obj = `${process.env.MAKEOBJDIRPREFIX ?? '/usr/obj'}${source}/${target}.${targetArch}`;
  say('Starting make installworld');
  for (const made of ['toolchain-metadata.mk', 'world', `kernel.${kernel}`])
    if (!existsSync(join(obj, made)))
      throw new Exit(1, `Error: Failed to 'make installworld': ${obj}/${made} is missing`);
  const text = readFileSync(join(source, 'sys/sys/param.h'), 'utf8');
  const p9fs = existsSync(join(source, 'sys/dev/virtio/p9fs/virtio_p9fs.c'));
  fill(mnt, { osversion: /__FreeBSD_version\s+(\d+)/.exec(text)[1], kernel, p9fs });
}

function fill(mnt, { osversion, kernel, p9fs }) {
  const files = {
    'boot/loader.efi': 'EFI',
    'boot/pmbr': 'boot',
    'boot/gptzfsboot': 'boot',
    'usr/src/Makefile': 'all:\n',
    'usr/lib/crt1.o': 'ELF',
    'usr/include/sys/param.h': `#define __FreeBSD_version ${osversion}\n`,
    'etc/login.conf': '',
    'bin/sh': '',
  };
  if (kernel !== undefined) files['boot/kernel/kernel'] = 'kernel';
  if (p9fs && kernel !== undefined)
    Object.assign(files, { 'boot/kernel/p9fs.ko': '', 'boot/kernel/virtio_p9fs.ko': '' });
  for (const [path, content] of Object.entries(files)) put(join(mnt, path), content);
}

function sourceVersion(source) {
  return `16.0-CURRENT ${/__FreeBSD_version\s+(\d+)/.exec(readFileSync(join(source, 'sys/sys/param.h'), 'utf8'))[1]}`;
}

async function destroy({ j: name, y }, config) {
  if (!exists(config, 'jails', name)) {
    if (!isMaster) throw new Exit(1, `Error: No such jail: ${name}`);
    process.stderr.write(`Warning: No such jail: ${name}\n`);
    return 0;
  }
  // With standard input from /dev/null nothing is asked; -y is known to both versions.
  if (!y && process.stdin.isTTY) throw new Exit(1, 'Error: not confirmed');
  if (state('jls', []).some((running) => running.startsWith(`${name}-`)))
    throw new Exit(
      1,
      `cannot destroy '${meta(config, 'jails', name, 'fs')}': filesystem has dependent clones`,
    );
  destroyDataset(meta(config, 'jails', name, 'fs'));
  remove(meta(config, 'jails', name, 'mnt'));
  remove(join(config.etcd, 'jails', name));
  return 0;
}

async function stop({ j: name, p: tree = 'default', z: set }, config) {
  if (!exists(config, 'jails', name)) throw new Exit(1, `Error: No such jail: ${name}`);
  const master = [name, tree, ...(set === undefined ? [] : [set])].join('-');
  setState(
    'jls',
    state('jls', []).filter((running) => running !== master),
  );
  remove(join(config.data, '.m', master));
  setState(
    'mounts',
    state('mounts', []).filter(({ dir }) => !dir.startsWith(join(config.data, '.m', master))),
  );
  return 0;
}

function destroyDataset(name) {
  setState(
    'datasets',
    state('datasets', []).filter((dataset) => dataset.name !== name),
  );
}
