import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { temporary } from '../../src/doctor/kept/leftovers.ts';
import { packageRoot } from '../../src/ground/assets.ts';

it('clean knows every folder for temporary files that podbsd makes', async () => {
  const { stdout } = await execa('git', ['ls-files', 'src/*.ts'], { cwd: packageRoot });
  const texts = await Promise.all(
    stdout.split('\n').map((path) => readFile(join(packageRoot, path), 'utf8').catch(() => '')),
  );
  const made = texts.flatMap((text) =>
    [...text.matchAll(/mkdtemp\(join\(tmpdir\(\), '([^']+)'/g)].map((match) => match[1] ?? ''),
  );
  expect(made.length).toBeGreaterThan(4);
  expect(made.filter((prefix) => !temporary.test(`${prefix}AbC123`))).toEqual([]);
});
