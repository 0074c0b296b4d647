import { cpSync } from 'node:fs';
import process from 'node:process';
import { Exit } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import { datasets, record, setState, state } from '../lib/world.js';

export function main(args) {
  record(['zfs', ...args]);
  const [command, ...words] = args;
  const pools = state('pools', {});
  if (command === 'mount') {
    const pool = words[0]?.split('/')[0];
    if (pools[pool]?.world === undefined)
      throw new Exit(1, `cannot open '${words[0]}': dataset does not exist`);
    cpSync(pools[pool].world, pools[pool].altroot, { recursive: true });
    setState('pools', { ...pools, [pool]: { ...pools[pool], mounted: true } });
    return;
  }
  if (command === 'get') return get(words);
  if (command === 'destroy') {
    const { rest, flags } = getopt('fnpRrvd', words, 'zfs destroy');
    const below = family(rest[0]);
    if (below.length > 1 && !flags.r)
      throw new Exit(1, `cannot destroy '${rest[0]}': filesystem has children`);
    const gone = new Set(below.map(({ name }) => name));
    setState(
      'datasets',
      state('datasets', []).filter(({ name }) => !gone.has(name)),
    );
    return;
  }
  throw new Exit(2, `unrecognized command '${command}'`);
}

function get(words) {
  const { flags, rest } = getopt('d:Hpro:s:t:', words, 'zfs get');
  const [property, name] = rest;
  if (property !== 'mountpoint' || flags.o !== 'value,source' || !flags.H || !flags.r)
    throw new Exit(
      2,
      'the double knows referenced and available of one as a bare number, and the mount points of a dataset',
    );
  process.stdout.write(
    family(name)
      .map(({ mountpoint, source }) => `${mountpoint}\t${source}\n`)
      .join(''),
  );
}

/** A dataset and all below it. */
function family(name) {
  const found = datasets().filter((dataset) => dataset.name === name || dataset.name.startsWith(`${name}/`));
  if (found.length === 0) throw new Exit(1, `cannot open '${name}': dataset does not exist`);
  return found;
}
