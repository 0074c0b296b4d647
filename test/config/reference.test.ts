import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { configReference } from '../../src/config/reference.ts';

describe('docs/configuration.md', () => {
  it('says what the schema says (npm run docs writes it anew)', async () => {
    const written = await readFile(join(packageRoot, 'docs/configuration.md'), 'utf8');
    expect(written.trimEnd()).toBe(configReference().trimEnd());
  });

  it('has a meaning for every key', () => {
    const rows = configReference()
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    expect(rows.length).toBeGreaterThan(20);
    expect(rows.filter((row) => /\|\s*\|$/.test(row))).toEqual([]);
  });
});
