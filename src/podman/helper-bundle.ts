import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../assets.ts';

/** The program of helper/ as one file: built beforehand in the npm package, built anew in a checkout. */
export async function helperProgram(): Promise<string> {
  const source = join(packageRoot, 'src', 'podman', 'helper', 'main.ts');
  if (!existsSync(source)) return await readFile(join(packageRoot, 'dist', 'podman-helper.mjs'), 'utf8');
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [source],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    // Comments and paths of this checkout do not belong into a file on somebody's machine.
    legalComments: 'none',
    minifyWhitespace: false,
    absWorkingDir: packageRoot,
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('esbuild gave no output');
  return output.text;
}

/** A script of helpers/: plain data, installed as it is. */
export async function helperScript(name: 'qemu-system' | 'virtiofsd'): Promise<string> {
  const folders = [
    join(packageRoot, 'src', 'podman', 'helpers'),
    join(packageRoot, 'dist', 'podman-helpers'),
  ];
  const folder = folders.find((candidate) => existsSync(candidate)) ?? packageRoot;
  return await readFile(join(folder, name), 'utf8');
}
