import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';
import { Exit, usage } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import { isMaster, machine, onSignal, point, put, remove, setState, state, without } from '../lib/world.js';
import { exists, meta } from './config.js';
import { writeDisk } from './disk.js';
import { readPackage } from './package.js';
import { say } from './say.js';

const SPEC = isMaster
  ? 'A:bB:c:C:f:h:i:j:m:n:o:p:P:R:s:S:t:vw:X:z:'
  : 'A:bB:c:f:h:i:j:m:n:o:p:P:R:s:S:t:vw:X:z:';

export async function run(args, config) {
  const { flags, rest } = getopt(SPEC, args, 'image');
  if (rest.length > 0) throw usage(`Unexpected arguments: ${rest.join(' ')}`);
  const { j: jail, n: name = 'poudriereimage', p: tree = 'default', s: size, t: type } = flags;
  if (jail === undefined) throw usage();
  if (!['zfs', 'zfs+gpt'].includes(type)) throw new Exit(1, `Error: invalid mediatype: ${type}`);
  const inTmp = (path) => (isAbsolute(path) ? path : join(process.cwd(), path));
  if (flags.c !== undefined && !existsSync(inTmp(flags.c)))
    throw new Exit(1, `Error: No such extract directory: ${flags.c}`);
  if (flags.f !== undefined && !existsSync(inTmp(flags.f)))
    throw new Exit(1, `Error: No such package list: ${flags.f}`);
  if (flags.X !== undefined && !existsSync(flags.X))
    throw new Exit(1, `Error: No such exclude list ${flags.X}`);
  if (flags.C !== undefined && !/^openzfs-2\.\d$/.test(flags.C))
    throw new Exit(1, `Error: no such compatibility file: ${flags.C}`);
  if (!exists(config, 'jails', jail)) throw new Exit(1, `Error: The jail ${jail} does not exist`);
  const mnt = meta(config, 'jails', jail, 'mnt');
  if (size === undefined) throw new Exit(1, 'Error: Please specify the imagesize');
  if (!(isMaster ? /^[A-Za-z0-9_.-]+$/ : /^[A-Za-z0-9]+$/).test(name))
    throw new Exit(1, 'Error: Name can only contain alphanumeric characters');
  if (!existsSync(join(mnt, 'boot/kernel/kernel')))
    throw new Exit(1, `Error: The ${type} media type requires a jail with a kernel`);
  const poolMib = mebibytes(size);
  // 3.4 calls make in the jail's source whether it is there or not.
  if (!existsSync(join(mnt, 'usr/src/Makefile'))) throw new Exit(1, `make: ${mnt}/usr/src: no Makefile`);
  const out = flags.o ?? join(config.data, 'images');
  mkdirSync(out, { recursive: true });

  const work = mkdtempSync(join(config.data, 'images', `${name}-`));
  const image = new Image(work, join(config.data, 'packages', `${jail}-${tree}`));
  onSignal(() => image.cleanUp());
  try {
    say(`Preparing the image '${name}'`);
    image.prepare();
    await point('image');
    say('Installing world with tar');
    image.install(mnt, flags.c);
    say('Installing packages');
    image.mountPackages();
    await point('image.packages');
    image.installPackages(flags.f, type);
    image.unmountPackages();
    put(join(image.world, 'boot/loader.conf'), 'zfs_load="YES"\n');
    image.release();
    say('Creating ESP image');
    await point('image.late');
    const id = image.keep();
    writeDisk(join(out, `${name}.img`), { poolMib, arch: meta(config, 'jails', jail, 'arch'), world: id });
  } catch (error) {
    process.stderr.write('Error while create image. cleaning up.\n');
    image.cleanUp();
    throw error;
  }
  image.cleanUp();
  say(`Image available at: ${join(out, `${name}.img`)}`);
  return 0;
}

/** `2G` are 1953 MiB: the unit is taken as decimal. */
function mebibytes(size) {
  const [, number, unit] = /^(\d+)([mMgGtT])$/.exec(size) ?? [];
  if (unit === undefined) throw new Exit(1, 'Error: Image size need a unit (m/g/t)');
  return Math.floor((Number(number) * 1000 ** 'mgt'.indexOf(unit.toLowerCase())) / 1.024);
}

/** The same files give the same number, so that two builds can be compared. */
function digest(folder) {
  const hash = createHash('sha256');
  for (const path of readdirSync(folder, { recursive: true }).sort()) {
    hash.update(`${path}\n`);
    if (lstatSync(join(folder, path)).isFile()) hash.update(readFileSync(join(folder, path)));
  }
  return hash.digest('hex').slice(0, 40);
}

class Image {
  constructor(work, packages) {
    this.work = work;
    this.world = join(work, 'world');
    this.packages = packages;
  }

  prepare() {
    put(join(this.work, 'raw.img'), '');
    const disks = state('md', {});
    this.unit = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].find((unit) => disks[unit] === undefined);
    setState('md', { ...disks, [this.unit]: { file: join(this.work, 'raw.img') } });
    this.pool = `zroot.${process.pid}`;
    setState('pools', { ...state('pools', {}), [this.pool]: { altroot: this.world } });
  }

  install(mnt, overlay) {
    cpSync(mnt, this.world, { recursive: true, filter: (path) => path !== join(mnt, 'usr/src') });
    // cp -fRPp: the owner of the staged file becomes the owner in the image.
    if (overlay !== undefined) cpSync(overlay, this.world, { recursive: true, verbatimSymlinks: true });
  }

  mountPackages() {
    const point = join(this.world, 'tmp/packages');
    mkdirSync(point, { recursive: true });
    setState('mounts', [...state('mounts', []), { node: this.packages, dir: point, type: 'nullfs' }]);
  }

  installPackages(list, type) {
    const folder = join(this.packages, '.latest/All');
    const have = readdirSync(folder).map((file) => readPackage(join(folder, file)));
    const wanted = list === undefined ? [] : readFileSync(list, 'utf8').split('\n').filter(Boolean);
    for (const line of wanted) {
      // 3.4 takes every line for an origin, remarks and blanks too.
      const found = have.find(({ origin }) => origin === (isMaster && line.startsWith('#') ? origin : line));
      if (found === undefined)
        throw new Exit(
          1,
          `pkg: No packages available to install matching '${line}' have been found in the repositories (${type})`,
        );
      for (const path of found.files) put(join(this.world, path), found.version);
    }
  }

  unmountPackages() {
    setState(
      'mounts',
      state('mounts', []).filter(({ dir }) => dir !== join(this.world, 'tmp/packages')),
    );
  }

  release() {
    setState('pools', without(state('pools', {}), this.pool));
    setState('md', without(state('md', {}), this.unit));
  }

  /** The disk that is written holds no real file system: its content is kept beside, under a number. */
  keep() {
    const id = digest(this.world);
    if (!existsSync(join(machine, 'worlds', id)))
      cpSync(this.world, join(machine, 'worlds', id), { recursive: true });
    return id;
  }

  cleanUp() {
    this.unmountPackages();
    this.release();
    if (existsSync(this.work) && statSync(this.work).isDirectory()) remove(this.work);
  }
}
