import { existsSync, statSync } from 'node:fs';
import process from 'node:process';
import { Exit, usage } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import { isMaster, record, settings } from '../lib/world.js';
import { readConfig } from './config.js';

const commands = ['bulk', 'image', 'jail', 'ports', 'version'];

export async function main(args) {
  record(['poudriere', ...args]);
  if (settings.poudriere === 'missing') throw new Exit(127, 'poudriere: not found');
  const { flags, rest } = getopt(isMaster ? 'ANe:s:v' : 'ANe:vx', args, 'poudriere');
  const [command, ...words] = rest;
  if (command === undefined || !commands.includes(command)) throw usage(`Unknown command: ${command}`);
  if (command === 'version') {
    process.stdout.write(`poudriere-git-${settings.poudriere}\n`);
    return 0;
  }
  if (settings.uid !== 0) throw new Exit(1, 'Error: Root privileges are required to run this command');
  const etc = flags.e ?? '/usr/local/etc';
  if (!existsSync(etc) || !statSync(etc).isDirectory()) throw new Exit(1, `Error: ${etc} is not a directory`);
  const config = readConfig(etc);
  // Poudriere runs everything below `env -i` and in /tmp.
  const kept = command === 'jail' ? ['PATH', 'PODBSD_DOUBLE', 'MAKEOBJDIRPREFIX'] : ['PATH', 'PODBSD_DOUBLE'];
  for (const name of Object.keys(process.env))
    if (!kept.includes(name)) Reflect.deleteProperty(process.env, name);
  process.chdir('/tmp');
  const module = await import(`./${command}.js`);
  return await module.run(words, config);
}
