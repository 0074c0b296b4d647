import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/assets.ts';
import { parseConfig } from '../../src/config/load.ts';
import { configReference } from '../../src/config/reference.ts';

const example = await readFile(join(packageRoot, 'podbsd.toml'), 'utf8');

describe('podbsd.toml', () => {
  it('is a configuration in which everything has its default', () => {
    expect(parseConfig(example, 'podbsd.toml')).toEqual(parseConfig('', 'empty.toml'));
  });

  it('shows every key of the schema', () => {
    const keys = [...configReference().matchAll(/^\| `([a-z0-9_]+)` \|/gm)].map(([, key]) => key ?? '');
    expect(keys.filter((key) => !new RegExp(`\\b${key} = `).test(example))).toEqual([]);
  });
});
