import { writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { packageRoot } from '../../../../src/ground/assets.ts';

/**
 * Makes one file for QuickJS out of an entry written here: the guest's own code with other paths than a guest's.
 *
 * @param source TypeScript; imports are relative to ignition/src.
 */
export async function bundleForQuickjs(source: string, outFile: string): Promise<void> {
  let text = made.get(source);
  if (text === undefined) made.set(source, (text = bundle(source)));
  await writeFile(outFile, await text);
}

/** What was made in this process, by its source: each test of a file wants the same. */
const made = new Map<string, Promise<string>>();

async function bundle(source: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: `${packageRoot}/ignition/src`, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2023',
    external: ['std', 'os'],
    charset: 'utf8',
    logLevel: 'error',
  });
  return outputFiles[0]?.text ?? '';
}
