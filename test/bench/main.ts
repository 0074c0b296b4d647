/**
 * `npm run bench [-- NAME...]`: runs the benches whose file name holds one of the words, or all. With `--list` they are
 * only named.
 */
import { readdir } from 'node:fs/promises';
import { installNeededPackages } from '../support/install.ts';
import type { Bench, BenchRow } from './bench.ts';

const args = process.argv.slice(2);
const listOnly = args.includes('--list');
const wanted = args.filter((word) => word !== '--list');
if (!listOnly) await installNeededPackages((line) => console.error(line));
const files = (await readdir(import.meta.dirname)).filter((name) => name.endsWith('.bench.ts')).sort();
for (const file of files) {
  if (wanted.length > 0 && !wanted.some((word) => file.includes(word))) continue;
  const { bench } = (await import(new URL(file, import.meta.url).href)) as { bench: Bench };
  console.log(listOnly ? `${bench.name}: ${bench.what}` : `\n${bench.name}: ${bench.what}`);
  if (listOnly) continue;
  console.table((await bench.run()).map(tableRow));
}

function tableRow({ what, ours, theirs, against }: BenchRow): Record<string, string> {
  return {
    measured: what,
    ours: ours.toFixed(2),
    theirs: theirs === undefined ? '' : theirs.toFixed(2),
    ratio: theirs === undefined ? '' : (ours / theirs).toFixed(2),
    against: against ?? '',
  };
}
