import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/ground/assets.ts';
import { ExitCode } from '../../src/ground/errors.ts';
import { bundledProgram } from '../support/bundled-program.ts';
import { tempDir } from '../support/temp-dir.ts';

/** Starts podbsd after a piece of JavaScript that spoils its process. */
async function startAfter(spoil: string): Promise<{ exitCode?: number; stderr: string }> {
  const file = join(await tempDir(), 'spoil.cjs');
  await writeFile(file, spoil);
  const argv = ['--require', file, await bundledProgram(), 'completion', 'bash'];
  return await execa(process.execPath, argv, { reject: false });
}

describe('podbsd that cannot start', () => {
  it('says that Node.js is too old, as package.json does', async () => {
    const { engines } = JSON.parse(await readFile(join(packageRoot, 'package.json'), 'utf8')) as {
      engines: { node: string };
    };
    const { exitCode, stderr } = await startAfter(
      "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } });",
    );
    expect([exitCode, stderr]).toEqual([
      ExitCode.host,
      expect.stringMatching(/^error: .*\n {2}.*\nnext: {2}/),
    ]);
    expect(stderr).toContain(`needs Node.js ${engines.node.replace('>=', '')} or later, and this is 18.20.4`);
  });

  it('says that a part of it cannot be loaded', async () => {
    const outdir = await tempDir();
    await build({
      entryPoints: [join(packageRoot, 'src/cli.ts')],
      outdir,
      outExtension: { '.js': '.mjs' },
      bundle: true,
      splitting: true,
      platform: 'node',
      format: 'esm',
      // These are not found from there.
      packages: 'external',
      logLevel: 'error',
    });
    const { exitCode, stderr } = await execa(process.execPath, [join(outdir, 'cli.mjs')], { reject: false });
    expect([exitCode, stderr]).toEqual([
      ExitCode.host,
      expect.stringMatching(
        /^error: starting podbsd\n {2}Cannot find package .*\nnext: {2}install podbsd again/,
      ),
    ]);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });
});

it('what a library throws where nobody can catch it is told in words', async () => {
  const { exitCode, stderr } = await startAfter(`
    process.on('newListener', (name) => {
      if (name === 'uncaughtException')
        setImmediate(() => { throw Object.assign(new Error('ENOSPC: no space left'), { code: 'ENOSPC' }); });
    });`);
  expect([exitCode, stderr]).toEqual([
    ExitCode.diskFull,
    expect.stringMatching(/^error: .+\n {2}ENOSPC: no space left\nnext: {2}free space there.*$/),
  ]);
});
