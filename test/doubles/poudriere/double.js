#!/usr/bin/env node
// Stands in for Poudriere and for the FreeBSD programs that a build uses, under the name it is called by. Options are
// parsed as strictly as the real programs do, and what they would leave on disk is left on disk.
import { basename } from 'node:path';
import process from 'node:process';
import { Exit } from './lib/exit.js';

const name = basename(process.argv[1]);
const module = name === 'poudriere' ? './poudriere/main.js' : `./freebsd/${name}.js`;
const { main } = await import(module);
try {
  process.exitCode = (await main(process.argv.slice(2))) ?? 0;
} catch (error) {
  if (!(error instanceof Exit)) throw error;
  if (error.message !== '') process.stderr.write(`${error.message}\n`);
  process.exitCode = error.code;
}
