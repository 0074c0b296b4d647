import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { Exit } from './exit.js';

/** The machine that the doubles pretend to be: a folder that a test names in PODBSD_DOUBLE. */
export const machine = process.env.PODBSD_DOUBLE ?? '';
if (machine === '') throw new Error('PODBSD_DOUBLE is not set: this program is a test double');

/** What the test has set: versions, pools, faults. */
export const settings = {
  poudriere: '3.4.8',
  system: 'FreeBSD',
  uid: 0,
  processor: 'amd64',
  osreldate: 1501000,
  pools: ['zroot'],
  freeKib: 200 * 1024 * 1024,
  cpus: 2,
  faults: {},
  ...readJson(join(machine, 'settings.json'), {}),
};

/** poudriere-devel calls itself 3.4.99. */
export const isMaster = settings.poudriere.startsWith('3.4.99');

export function readJson(file, otherwise) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : otherwise;
}

/** State of the machine that outlives a program: pools, memory disks, mounts, running jails. */
export function state(name, otherwise) {
  return readJson(join(machine, 'state', `${name}.json`), otherwise);
}

export function setState(name, value) {
  put(join(machine, 'state', `${name}.json`), JSON.stringify(value));
}

/** All datasets that a test or Poudriere has made: name, mountpoint, source. */
export function datasets() {
  return [...(settings.datasets ?? []), ...state('datasets', [])];
}

/** `zfs create -p`: without a mount point of its own a dataset inherits its parent's, in the end the pool's. */
export function createDataset(path, mountpoint) {
  const parent = path.slice(0, path.lastIndexOf('/'));
  const has = (name) => datasets().find((dataset) => dataset.name === name);
  if (has(path) !== undefined) return;
  if (parent.includes('/')) createDataset(parent);
  const above = has(parent);
  const inherited = {
    mountpoint: `${above?.mountpoint ?? `/${parent}`}/${path.slice(parent.length + 1)}`,
    source: `inherited from ${parent.split('/')[0]}`,
  };
  setState('datasets', [
    ...state('datasets', []),
    { name: path, ...(mountpoint === undefined ? inherited : { mountpoint, source: 'local' }) },
  ]);
}

/** Writes a file as write_atomic does. */
export function put(file, text) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}

export function remove(path) {
  rmSync(path, { recursive: true, force: true });
}

/** Every command that was run, one JSON array in a line: tests read it. */
export function record(argv) {
  mkdirSync(machine, { recursive: true });
  appendFileSync(join(machine, 'commands.log'), `${JSON.stringify(argv)}\n`);
}

/**
 * A place where a test may want trouble. `full`: the disk is full. `hang`: waits until it is told to end. `fail`: fails
 * without a reason. `gone`: is killed. `network`: a name cannot be resolved. `pause`: waits until the test sets something
 * else.
 */
export async function point(name) {
  const fault = settings.faults[name];
  if (fault === undefined) return;
  put(join(machine, 'reached', name), '');
  if (fault === 'full') throw new Exit(1, 'write error: No space left on device');
  if (fault === 'network') throw new Exit(1, 'fetch: transfer timed out: Could not resolve host');
  if (fault === 'fail') throw new Exit(1, `Error: ${name} went wrong`);
  if (fault === 'gone') process.kill(process.pid, 'SIGKILL');
  while (fault === 'pause' && readJson(join(machine, 'settings.json'), {}).faults?.[name] === 'pause')
    await sleep(50);
  if (fault === 'hang') await sleep(600_000);
  // Like a short program: it ends soon after the one that started it is gone.
  const parent = process.ppid;
  while (fault === 'wait' && process.ppid === parent) await sleep(20);
}

/** Runs a clean-up on the first signal and then dies of it, as Poudriere does. */
export function onSignal(cleanUp) {
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'])
    process.once(name, () => {
      cleanUp(name);
      process.removeAllListeners(name);
      process.kill(process.pid, name);
    });
}

/** The same object without one key. */
export function without(object, key) {
  return Object.fromEntries(Object.entries(object).filter(([name]) => name !== String(key)));
}
