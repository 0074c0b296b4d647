import { existsSync } from 'node:fs';
import { Exit, usage } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import { record } from '../lib/world.js';

export function main(args) {
  record(['chflags', ...args]);
  const { rest } = getopt('fhHLPRvx', args, 'chflags');
  const [flags, ...files] = rest;
  if (flags === undefined || files.length === 0)
    throw usage('usage: chflags [-fhvx] [-R [-H | -L | -P]] flags file ...');
  for (const file of files)
    if (!existsSync(file)) throw new Exit(1, `chflags: ${file}: No such file or directory`);
}
