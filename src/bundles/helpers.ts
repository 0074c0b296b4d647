import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../ground/assets.ts';

/** The scripts of front/. */
export const helperScripts = ['qemu-system', 'virtiofsd'] as const;

const sources = join(packageRoot, 'src', 'podman', 'linux');
/** What the npm package brings in place of the sources. */
export const prebuiltHelpers = join(packageRoot, 'dist', 'podman-helpers');

/** The program of podman/linux as one file: built anew in a checkout, ready-made in the npm package. */
export async function helperProgram(): Promise<string> {
  const entry = join(sources, 'main.ts');
  if (!existsSync(entry)) return await readFile(join(prebuiltHelpers, 'podman-helper.mjs'), 'utf8');
  // A development dependency: only needed where the sources are.
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
    absWorkingDir: packageRoot,
  });
  const [output] = outputFiles;
  if (output === undefined) throw new Error('esbuild has made no file');
  return output.text;
}

/** A script of front/: plain data, installed as it is. */
export async function helperScript(name: (typeof helperScripts)[number]): Promise<string> {
  const folder = existsSync(sources) ? join(sources, 'front') : prebuiltHelpers;
  return await readFile(join(folder, name), 'utf8');
}
