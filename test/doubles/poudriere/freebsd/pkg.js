import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { Exit, usage } from '../lib/exit.js';
import { getopt } from '../lib/getopt.js';
import { record } from '../lib/world.js';

export function main(args) {
  record(['pkg', ...args]);
  if (args.join(' ') === '-v') {
    process.stdout.write('2.4.2\n');
    return;
  }
  if (args[0] !== 'query') throw usage(`the double knows pkg -v and pkg query only, not ${args[0]}`);
  const { flags, rest } = getopt('aCe:F:gix', args.slice(1), 'pkg query');
  if (flags.F === undefined || rest.length !== 1) throw usage('Usage: pkg query [-F <pkg-name>] <query-format>');
  if (!existsSync(flags.F)) throw new Exit(1, `pkg: open(${flags.F}): No such file or directory`);
  const { origin, name, version } = JSON.parse(readFileSync(flags.F, 'utf8'));
  process.stdout.write(`${rest[0].replace('%o', origin).replace('%n', name).replace('%v', version)}\n`);
}
