import process from 'node:process';
import { Exit } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import { record, settings } from '../lib/world.js';

export function main(args) {
  record(['sysctl', ...args]);
  const { flags, rest } = getopt('aB:bdeFfhilJNnoqTtVWwXxj:', args, 'sysctl');
  const values = { 'kern.osreldate': settings.osreldate, 'hw.ncpu': settings.cpus };
  for (const name of rest) {
    if (!(name in values)) throw new Exit(1, `sysctl: unknown oid '${name}'`);
    process.stdout.write(flags.n ? `${values[name]}\n` : `${name}: ${values[name]}\n`);
  }
}
