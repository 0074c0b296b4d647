import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { bundledProgram } from '../../support/bundled-program.ts';
import { scratch } from '../support/fixture.ts';
import { largeOverlay, peakMemory } from '../support/large-overlay.ts';

/** `npm run bench -- overlay-memory` does the same with 1 GB. */
const SIZES = [16, 160];
/** MB for a whole process, of which Node.js has 40. */
const LIMIT = 100;

it('an overlay is edited in less than 100 MB of memory, however large its members are', async () => {
  const program = await bundledProgram();
  const folder = scratch();
  const peaks: number[] = [];
  for (const size of SIZES) {
    const overlay = await largeOverlay(folder, size);
    await writeFile(join(folder, 'motd'), 'hello\n');
    const edit = ['alpine', 'overlay', 'add', overlay, join(folder, 'motd'), '/etc/motd'];
    peaks.push(await peakMemory(program, edit, folder));
    const { stdout } = await execa('tar', ['-tvzf', overlay]);
    expect(stdout).toMatch(new RegExp(`^-.* ${size * 1024 * 1024} .* etc/large\\nd.*\\n-.* 6 .* etc/motd$`));
  }
  expect(Math.max(...peaks)).toBeLessThan(LIMIT);
});
