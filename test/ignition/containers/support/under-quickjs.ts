import { writeFile } from 'node:fs/promises';
import { build } from 'esbuild';
import { packageRoot } from '../../../../src/ground/assets.ts';

/**
 * Makes one file for QuickJS out of an entry written here: the guest's own code with other paths than a guest's.
 *
 * @param source TypeScript; imports are relative to ignition/src.
 */
export async function bundleForQuickjs(source: string, outFile: string): Promise<void> {
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
  await writeFile(outFile, outputFiles[0]?.text ?? '');
}
