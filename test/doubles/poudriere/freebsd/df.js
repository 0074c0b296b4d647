import process from 'node:process';
import { getopt } from '../lib/getopt.js';
import { record, settings } from '../lib/world.js';

export function main(args) {
  record(['df', ...args]);
  const { rest } = getopt('abcgHhiklmnPt:T,', args, 'df');
  process.stdout.write('Filesystem 1024-blocks Used Available Capacity Mounted on\n');
  process.stdout.write(`zroot/tmp ${settings.freeKib + 1000} 1000 ${settings.freeKib} 1% ${rest[0]}\n`);
}
