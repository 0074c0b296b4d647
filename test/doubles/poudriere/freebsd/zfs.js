import { cpSync } from 'node:fs';
import process from 'node:process';
import { Exit } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import { record, setState, settings, state } from '../lib/world.js';

export function main(args) {
  record(['zfs', ...args]);
  const [command, ...words] = args;
  const pools = state('pools', {});
  if (command === 'mount') {
    const pool = words[0]?.split('/')[0];
    if (pools[pool]?.world === undefined) throw new Exit(1, `cannot open '${words[0]}': dataset does not exist`);
    cpSync(pools[pool].world, pools[pool].altroot, { recursive: true });
    setState('pools', { ...pools, [pool]: { ...pools[pool], mounted: true } });
    return;
  }
  if (command === 'get') {
    getopt('d:Hpro:s:t:', words, 'zfs get');
    process.stdout.write('3221225472\n');
    return;
  }
  if (command === 'list') {
    const { rest } = getopt('d:Hpro:s:S:t:', words, 'zfs list');
    const mounts = settings.datasets?.[rest[0]];
    if (mounts === undefined) throw new Exit(1, `cannot open '${rest[0]}': dataset does not exist`);
    process.stdout.write(mounts.map((mount) => `${mount}\n`).join(''));
    return;
  }
  if (command === 'destroy') {
    const { rest } = getopt('fnpRrvd', words, 'zfs destroy');
    if (settings.datasets?.[rest[0]] === undefined) throw new Exit(1, `cannot open '${rest[0]}': dataset does not exist`);
    return;
  }
  throw new Exit(2, `unrecognized command '${command}'`);
}
