import { execa } from 'execa';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';

it('every bench can be started outside of the tests, whose helpers it uses', async () => {
  const argv = [join(packageRoot, 'test/bench/main.ts'), '--list'];
  const { stdout } = await execa('tsx', argv, { preferLocal: true, env: { VITEST: undefined } });
  const names = stdout.split('\n').map((line) => line.split(':')[0]);
  expect(names).toEqual([
    'agent-large-config',
    'agent',
    'alpine',
    'bake',
    'export',
    'health',
    'machine',
    'names',
    'overlay-memory',
    'overlay',
  ]);
});
