import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll } from 'vitest';
import { packageRoot } from '../../src/assets.ts';

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
  const folder = join(packageRoot, 'node_modules/.cache/podbsd-test');
  await mkdir(folder, { recursive: true });
  const outfile = join(folder, `podbsd-${process.pid}.mjs`);
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

afterAll(async () => {
  if (bundled !== undefined) await rm(await bundled, { force: true });
});
