import { rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from '../../src/ground/assets.ts';

const folder = join(packageRoot, 'node_modules/.cache/podbsd-test');
const outfile = join(folder, `podbsd-${process.pid}.mjs`);
let bundled: Promise<string> | undefined;

/**
 * The command line as one JavaScript file, made once for a test file: it starts several times faster than the sources
 * do, and tests start it often. It lies below the package, where it finds its data files and dependencies.
 */
export function bundledProgram(): Promise<string> {
  bundled ??= bundle();
  return bundled;
}

async function bundle(): Promise<string> {
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [join(packageRoot, 'src/cli.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}

// Vitest ends its workers without their exit handlers; a bench runs without Vitest.
if (process.env['VITEST'] === undefined) {
  process.once('exit', () => rmSync(outfile, { force: true }));
} else {
  const { afterAll } = await import('vitest');
  afterAll(() => rm(outfile, { force: true }));
}
