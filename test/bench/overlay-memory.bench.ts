import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { $ } from 'zx';
import { largeOverlay, peakMemory } from '../alpine/support/large-overlay.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import type { Bench, BenchRow } from './bench.ts';

export const bench: Bench = {
  name: 'overlay-memory',
  what: 'a file is added to an Alpine overlay with a member of 1 GB',
  async run(): Promise<readonly BenchRow[]> {
    const folder = await mkdtemp(join(tmpdir(), 'podbsd-bench-'));
    try {
      const overlay = await largeOverlay(folder, 1024);
      await writeFile(join(folder, 'motd'), 'hello\n');
      const program = await bundledProgram();
      let start = performance.now();
      await $`zcat ${overlay} > /dev/null && zcat ${overlay} | gzip -6 > ${join(folder, 'x')}`.quiet();
      const theirs = (performance.now() - start) / 1000;
      start = performance.now();
      const edit = ['alpine', 'overlay', 'add', overlay, join(folder, 'motd'), '/etc/motd'];
      const peak = await peakMemory(program, edit, folder);
      const ours = (performance.now() - start) / 1000;
      return [
        { what: 'peak memory, MB', ours: peak },
        { what: 'edit, s', ours, theirs, against: 'zcat, and zcat | gzip' },
      ];
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
