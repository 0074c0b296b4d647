import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Exit, usage } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import { isMaster, point, put, remove, state } from '../lib/world.js';
import { exists, meta } from './config.js';

export async function run(args, config) {
  const { flags, options, rest } = getopt(
    isMaster ? 'B:cDFuU:dklp:qf:nM:m:vy' : 'B:cDFuU:dklp:qf:nM:m:v',
    args,
    'ports',
  );
  if (rest.length > 0) throw usage(`Unexpected arguments: ${rest.join(' ')}`);
  if (options.filter(([letter]) => 'cdul'.includes(letter)).length !== 1)
    throw usage('Missing: one of -c -d -l -u');
  const { p: name, m: method = 'git+https', M: mount } = flags;
  if (name === undefined) throw usage('Missing: PTNAME');
  await point('ports');
  if (flags.d) {
    if (!exists(config, 'ports', name)) throw new Exit(2, `Error: No such ports tree ${name}`);
    if (
      state('mounts', []).some(
        ({ node, type }) => type === 'nullfs' && node === meta(config, 'ports', name, 'mnt'),
      )
    )
      throw new Exit(1, `Error: Ports tree "${name}" is currently mounted and being used.`);
    if (!flags.k && meta(config, 'ports', name, 'method') !== 'null')
      remove(meta(config, 'ports', name, 'mnt'));
    remove(join(config.etcd, 'ports', name));
    return 0;
  }
  if (!flags.c) throw usage('the double knows -c and -d only');
  if (/[-:]/.test(name)) throw new Exit(1, 'Error: The ports tree name cannot contain - or :');
  if (exists(config, 'ports', name)) throw new Exit(2, `Error: The ports tree, ${name}, already exists`);
  if (method !== 'null') throw new Exit(1, `Error: the double knows the method null only, not ${method}`);
  if (flags.F) throw usage('-F can only be used with the git, svn methods');
  if (mount === undefined) throw usage('Missing: PTMNT');
  if (mount.includes(':')) throw new Exit(1, 'Error: The ports mountpoint cannot contain a :');
  if (!existsSync(mount) || !statSync(mount).isDirectory())
    throw new Exit(1, `Error: No such directory ${mount}`);
  for (const [key, value] of Object.entries({ mnt: mount, method, timestamp: Math.floor(Date.now() / 1000) }))
    put(join(config.etcd, 'ports', name, key), `${value}\n`);
  return 0;
}
