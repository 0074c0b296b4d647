import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  unlinkSync,
  appendFileSync,
  renameSync,
} from 'node:fs';
import { isAbsolute, join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exit, usage } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import { onSignal, point, put, remove, setState, settings, state } from '../lib/world.js';
import { exists, meta } from './config.js';
import { formatPackage, readPackage } from './package.js';
import { findPort } from './port.js';
import { say } from './say.js';

const SPEC = 'ab:B:CcFf:HiIj:J:knNO:p:RrSTtvwz:';

export async function run(args, config) {
  const { flags, options, rest } = getopt(SPEC, args, 'bulk');
  const all = (letter) => options.filter(([name]) => name === letter).map(([, value]) => value);
  if (flags.j === undefined) throw usage('Missing: JAILNAME');
  const { j: jail, p: tree = 'default', B: name } = flags;
  if (!exists(config, 'jails', jail)) throw new Exit(1, `Error: No such jail: ${jail}`);
  for (const wanted of [tree, ...all('O')])
    if (!exists(config, 'ports', wanted)) throw new Exit(1, `Error: No such ports tree: ${wanted}`);
  if (flags.b !== undefined && !/^(latest|quarterly|release_\d+|https?:\/\/.+)$/.test(flags.b))
    throw new Exit(1, `Error: -b: invalid branch ${flags.b}`);
  if (name !== undefined && /[\s/]/.test(name)) throw usage('Invalid build name');
  if (!existsSync(config.values.DISTFILES_CACHE))
    throw new Exit(1, 'Error: DISTFILES_CACHE directory does not exist. (c.f. poudriere.conf)');
  if (config.values.NOLINUX !== 'yes') throw new Exit(1, 'Error: Required kernel module linux not found');
  const listed = all('f').flatMap((file) => {
    if (!isAbsolute(file) || !existsSync(file)) throw new Exit(1, `Error: No such list of ports: ${file}`);
    return readFileSync(file, 'utf8')
      .split('\n')
      .map((line) => line.replace(/#.*/, '').trim().split(/\s+/)[0])
      .filter(Boolean);
  });
  if (listed.length + rest.length === 0) throw usage('No packages specified');

  const master = `${jail}-${tree}`;
  if (state('jls', []).includes(master)) throw new Exit(1, `Error: jail already running: ${master}`);
  setState('jls', [...state('jls', []), master]);
  mkdirSync(join(config.data, '.m', master), { recursive: true });
  const build = new Build(config, {
    jail,
    tree,
    overlays: all('O'),
    branch: flags.b,
    name: name ?? `${Date.now()}`,
    master,
  });
  onSignal((signal) => build.stop(`stopped:${signal}:`));
  try {
    return await build.run([...listed, ...rest]);
  } catch (error) {
    build.stop('stopped:crashed:');
    throw error;
  }
}

class Build {
  constructor(config, { jail, tree, overlays, branch, name, master }) {
    Object.assign(this, { config, jail, branch, master });
    this.trees = [...overlays, tree].map((one) => meta(config, 'ports', one, 'mnt'));
    this.log = join(config.data, 'logs/bulk', master, name);
    this.packages = join(config.data, 'packages', master);
    this.building = join(this.packages, '.building');
    for (const [index, node] of this.trees.entries())
      setState('mounts', [
        ...state('mounts', []),
        { node, dir: join(config.data, '.m', master, `ref/${index}`), type: 'nullfs' },
      ]);
    this.never = (config.values.PACKAGE_FETCH_BLACKLIST ?? '').split(' ');
  }

  status(text) {
    put(join(this.log, '.poudriere.status'), `${text}\n`);
  }

  add(list, ...fields) {
    appendFileSync(join(this.log, `.poudriere.ports.${list}`), `${fields.join(' ')}\n`);
  }

  stop(status) {
    this.status(status);
    setState(
      'jls',
      state('jls', []).filter((running) => running !== this.master),
    );
    const root = join(this.config.data, '.m', this.master);
    remove(root);
    setState(
      'mounts',
      state('mounts', []).filter(({ dir }) => !dir.startsWith(root)),
    );
  }

  async run(origins) {
    mkdirSync(join(this.log, 'logs/errors'), { recursive: true });
    this.status('gatheringportvars:');
    this.status('computingdeps:');
    const ports = this.withDependencies(origins);
    this.takeOver();
    await point('bulk');
    const todo = ports.filter((port) => !existsSync(join(this.building, 'All', port.file)));
    for (const port of todo) this.add('queued', port.origin, port.pkgname, 'listed');
    this.status('parallel_build:');
    let bad = 0;
    const broken = new Set();
    for (const port of todo) bad += await this.one(port, broken);
    this.status('pkgrepo:');
    await point('bulk.commit');
    this.status('committing:');
    this.commit(ports);
    this.stop('stopped:done:');
    say(`Built ports: ${todo.length - bad}, failed or skipped: ${bad}`);
    // What the shell makes of a large number.
    return bad % 256;
  }

  /** Packages of the last finished repository, and of a build that did not come to its end. */
  takeOver() {
    const latest = join(this.packages, '.latest/All');
    if (existsSync(this.building)) say('Using packages from previously failed, or uncommitted, build');
    mkdirSync(join(this.building, 'All'), { recursive: true });
    if (!existsSync(latest)) return;
    for (const file of readdirSync(latest))
      if (!existsSync(join(this.building, 'All', file)))
        linkSync(join(latest, file), join(this.building, 'All', file));
  }

  withDependencies(origins) {
    const found = new Map();
    const visit = (origin) => {
      if (found.has(origin)) return;
      const port = findPort(this.trees, origin);
      found.set(origin, undefined);
      for (const dependency of port.dependencies) visit(dependency);
      found.delete(origin);
      found.set(origin, port);
    };
    for (const origin of origins) visit(origin.replace(/@.*/, ''));
    return [...found.values()];
  }

  async one(port, broken) {
    const { origin, pkgname } = port;
    const culprit = port.dependencies.find((dependency) => broken.has(dependency));
    if (culprit !== undefined) {
      broken.add(origin);
      this.add('skipped', origin, pkgname, culprit);
      return 1;
    }
    if (settings.faults.ignore === origin) {
      this.add('ignored', origin, pkgname, 'is marked as broken: for a test');
      return 0;
    }
    const short = origin.split('/')[1];
    if (this.branch !== undefined && settings.prebuilt?.includes(origin) && !this.never.includes(short)) {
      this.save(port);
      this.add('fetched', origin, pkgname);
      return 0;
    }
    put(join(this.log, '.poudriere.status.01'), `build:${origin}:${pkgname}:1000:1010\n`);
    await sleep(5);
    await point(`bulk.${short}`);
    put(join(this.log, 'logs', `${pkgname}.log`), `=>> Building ${origin}\n`);
    if (settings.faults.port === origin) {
      const lines = Array.from({ length: 100 }, (_, line) => `compiling, line ${line + 1}`);
      put(join(this.log, 'logs/errors', `${pkgname}.log`), `${lines.join('\n')}\n`);
      this.add('failed', origin, pkgname, 'build', 'clang', '44');
      broken.add(origin);
      return 1;
    }
    this.save(port);
    this.add('built', origin, pkgname, '12');
    put(join(this.log, '.poudriere.status.01'), 'idle:\n');
    return 0;
  }

  save({ file, name, version, origin, files }) {
    // A newer version takes the place of an older one.
    for (const other of readdirSync(join(this.building, 'All')))
      if (readPackage(join(this.building, 'All', other)).origin === origin)
        unlinkSync(join(this.building, 'All', other));
    put(join(this.building, 'All', file), formatPackage({ name, version, origin, files }));
  }

  commit(ports) {
    const real = `.real_${Math.floor(Date.now() / 1000)}_${process.pid}`;
    const wanted = new Set(ports.map((port) => port.file));
    for (const file of readdirSync(join(this.building, 'All')))
      if (!wanted.has(file)) unlinkSync(join(this.building, 'All', file));
    renameSync(this.building, join(this.packages, real));
    const link = join(this.packages, '.latest');
    symlinkSync(real, `${link}.new`);
    renameSync(`${link}.new`, link);
    for (const name of readdirSync(this.packages))
      if (name.startsWith('.real_') && name !== real) remove(join(this.packages, name));
    copyFileSync(join(this.log, '.poudriere.status'), join(this.packages, '.buildname'));
  }
}
