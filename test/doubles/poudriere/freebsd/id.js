import process from 'node:process';
import { usage } from '../lib/exit.js';
import { record, settings } from '../lib/world.js';

export function main(args) {
  record(['id', ...args]);
  if (args.join(' ') !== '-u') throw usage('the double knows id -u only');
  process.stdout.write(`${settings.uid}\n`);
}
