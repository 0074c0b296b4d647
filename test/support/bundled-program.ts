import { rmSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from '../../src/ground/assets.ts';

const folder = join(packageRoot, 'node_modules/.cache/podbsd-test');
const bundles = new Map<string, Promise<string>>();

/**
 * The command line as one JavaScript file, made once for a test file: it starts several times faster than the sources
 * do, and tests start it often. It lies below the package, where it finds its data files and dependencies.
 *
 * @param entry another program of the tests that is made in the same way, relative to the root of the package.
 */
export async function bundledProgram(entry = 'src/cli.ts'): Promise<string> {
  const made = bundles.get(entry) ?? bundle(entry);
  bundles.set(entry, made);
  return await made;
}

async function bundle(entry: string): Promise<string> {
  const outfile = fileOf(entry);
  await mkdir(folder, { recursive: true });
  await build({
    entryPoints: [join(packageRoot, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    logLevel: 'error',
  });
  return outfile;
}

function fileOf(entry: string): string {
  return join(folder, `${basename(entry, '.ts')}-${process.pid}.mjs`);
}

// Vitest ends its workers without their exit handlers; a bench runs without Vitest.
if (process.env['VITEST'] === undefined) {
  process.once('exit', () => [...bundles.keys()].forEach((entry) => rmSync(fileOf(entry), { force: true })));
} else {
  const { afterAll } = await import('vitest');
  afterAll(() => Promise.all([...bundles.keys()].map((entry) => rm(fileOf(entry), { force: true }))));
}
