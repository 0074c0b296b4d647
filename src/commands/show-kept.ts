import type { Kept } from '../doctor/kept/kept.ts';
import { formatSize } from '../ground/sizes.ts';
import type { Terminal } from '../ground/terminal.ts';
import { aligned } from './machine/template.ts';

const headings = ['KIND', 'NAME', 'STATE', 'SIZE', 'PATH'];

/** Everything that podbsd keeps, as a table, with its sum and the commands that remove it. */
export function showKept(terminal: Terminal, kept: readonly Kept[]): void {
  if (kept.length === 0) {
    terminal.out('podbsd keeps nothing on this host.');
    return;
  }
  const rows = kept.map(({ kind, name, state, bytes, path }) => [kind, name, state, formatSize(bytes), path]);
  for (const line of aligned([headings, ...rows].map((cells) => cells.join('\t')))) terminal.out(line);
  terminal.out(`${formatSize(kept.reduce((sum, { bytes }) => sum + bytes, 0))} in all. To remove them:`);
  for (const command of new Set(kept.map(({ remove }) => remove))) terminal.out(`  ${command}`);
}
