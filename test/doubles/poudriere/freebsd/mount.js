import process from 'node:process';
import { usage } from '../lib/exit.js';
import { record, state } from '../lib/world.js';

export function main(args) {
  record(['mount', ...args]);
  if (args.join(' ') !== '-p') throw usage('the double knows mount -p only');
  process.stdout.write('zroot/ROOT/default\t/\t\t\tzfs\trw\t\t0 0\n');
  for (const { node, dir, type } of state('mounts', []))
    process.stdout.write(`${node}\t${dir}\t${type}\tro\t\t0 0\n`);
}
