import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { exitCodeMeanings, manPage } from '../../src/commands/man-page.ts';
import { missing } from '../support/programs.ts';
import { leafCommands, testProgram } from '../support/program.ts';

describe('podbsd(1)', () => {
  const page = manPage(testProgram(), '1.2.3', exitCodeMeanings);

  it('names every command', () => {
    for (const [path] of leafCommands()) expect(page).toContain(`\n.It Ic ${path}`);
  });

  it.skipIf(missing('mandoc') !== undefined)('is mdoc that mandoc reads without a warning', async () => {
    const { stdout } = await execa('mandoc', ['-T', 'lint', '-W', 'warning'], { input: page, reject: false });
    expect(stdout.split('\n').filter((line) => /(ERROR|WARNING|UNSUPP)/.test(line))).toEqual([]);
  });
});
