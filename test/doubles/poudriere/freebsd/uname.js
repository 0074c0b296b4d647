import process from 'node:process';
import { usage } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import { record, settings } from '../lib/world.js';

export function main(args) {
  record(['uname', ...args]);
  const { flags, rest } = getopt('abiKmnoprsUv', args, 'uname');
  if (rest.length > 0) throw usage('usage: uname [-abiKmnoprsUv]');
  process.stdout.write(`${flags.p || flags.m ? settings.processor : settings.system}\n`);
}
