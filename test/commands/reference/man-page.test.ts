import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { variables } from '../../../src/commands/reference/environment.ts';
import { exitCodeMeanings } from '../../../src/commands/reference/exit-codes.ts';
import { manPage } from '../../../src/commands/reference/man-page.ts';
import { packageRoot } from '../../../src/ground/assets.ts';
import { missing } from '../../support/programs.ts';
import { leafCommands, testProgram } from '../../support/program.ts';

const page = manPage(await testProgram(), '1.2.3');

describe('podbsd(1)', () => {
  /** As the page shows a text. */
  const shown = (text: string): string => text.replaceAll('\\', '\\e').replaceAll('-', '\\-');

  it.each(leafCommands())('has %s with its options and examples', (path, command) => {
    expect(page).toContain(`\n.Ss podbsd ${path}\n`);
    for (const { flags, hidden } of command.options) if (!hidden) expect(page).toContain(shown(flags));
    expect(page).toContain(shown(`$ podbsd ${path}`));
  });

  it('has every exit code', () => {
    for (const [code] of exitCodeMeanings) expect(page).toContain(`\n.It ${code}\n`);
  });

  it('has every variable that the source reads', () => {
    const root = join(packageRoot, 'src');
    const read = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .flatMap((name) => [...readFileSync(join(root, name), 'utf8').matchAll(/\benv\['([A-Z_]+)'\]/g)])
      .map((found) => found[1]);
    const known = variables.map(([name]) => name);
    expect(read.filter((name) => name === undefined || !known.includes(name))).toEqual([]);
    for (const name of known) expect(page).toContain(`\n.It Ev ${name}\n`);
  });

  it.skipIf(missing('mandoc') !== undefined)('is mdoc that mandoc reads without a warning', async () => {
    const { stdout } = await execa('mandoc', ['-T', 'lint', '-W', 'warning'], { input: page, reject: false });
    expect(stdout.split('\n').filter((line) => /(ERROR|WARNING|UNSUPP)/.test(line))).toEqual([]);
  });
});
