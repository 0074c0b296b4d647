import { join } from 'node:path';
import process from 'node:process';
import { Exit, usage } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import { machine, point, record, remove, setState, settings, state, without } from '../lib/world.js';
import { worldOf } from '../poudriere/disk.js';

export async function main(args) {
  record(['zpool', ...args]);
  const [command, ...words] = args;
  const pools = state('pools', {});
  if (command === 'list') return list(words, pools);
  if (command === 'get') return get(words, pools);
  if (command === 'import') return await importPool(words, pools);
  if (command === 'export' || command === 'destroy') {
    const { rest } = getopt('af', words, `zpool ${command}`);
    const [name] = rest;
    if (pools[name] === undefined) throw new Exit(1, `cannot open '${name}': no such pool`);
    if (pools[name].mounted) remove(pools[name].altroot);
    setState('pools', without(pools, name));
    return 0;
  }
  throw new Exit(2, `unrecognized command '${command}'`);
}

function list(words, pools) {
  const { flags, rest } = getopt('gHLPpvT:o:', words, 'zpool list');
  const known = {
    name: (name) => name,
    altroot: (name) => pools[name]?.altroot ?? '-',
    allocated: () => '734003200',
  };
  const columns = (flags.o ?? 'name').split(',');
  for (const column of columns)
    if (!(column in known)) throw new Exit(2, `bad property list: invalid property '${column}'`);
  const names = [...settings.pools, ...Object.keys(pools)].filter(
    (name) => rest.length === 0 || rest.includes(name),
  );
  if (rest.some((name) => !names.includes(name))) throw new Exit(1, `cannot open '${rest[0]}': no such pool`);
  if (names.length === 0) process.stderr.write('no pools available\n');
  for (const name of names)
    process.stdout.write(`${columns.map((column) => known[column](name)).join('\t')}\n`);
  return 0;
}

function get(words, pools) {
  const { rest } = getopt('Hpo:', words, 'zpool get');
  if (rest[0] !== 'bootfs' || pools[rest[1]] === undefined)
    throw usage('the double knows bootfs of imported pools only');
  process.stdout.write(`${rest[1]}/ROOT/default\n`);
  return 0;
}

async function importPool(words, pools) {
  const { options, flags, rest } = getopt('aDd:fFlmNno:R:stVX', words, 'zpool import');
  const [name, newName] = rest;
  const wrong = options.find(([letter, value]) => letter === 'o' && value !== 'readonly=on');
  if (wrong !== undefined) throw new Exit(2, `property '${wrong[1]}' is not valid`);
  const [, unit, partition] = /^\/dev\/md(\d+)p(\d+)$/.exec(flags.d ?? '') ?? [];
  const disk = state('md', {})[unit];
  const world = disk === undefined ? undefined : worldOf(disk.file, Number(partition));
  if (name !== 'zroot' || world === undefined)
    throw new Exit(1, `cannot import '${name}': no such pool available`);
  const asName = newName ?? name;
  if (settings.pools.includes(asName) || pools[asName] !== undefined)
    throw new Exit(1, `cannot import '${asName}': a pool with that name already exists`);
  if (newName !== undefined && !flags.t)
    throw new Exit(1, 'the pool would be renamed for ever: -t is missing');
  setState('pools', {
    ...pools,
    [asName]: { altroot: flags.R, unit, world: join(machine, 'worlds', world) },
  });
  await point('inspect');
  return 0;
}
