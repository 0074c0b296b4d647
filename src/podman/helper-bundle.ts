import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { packageRoot } from '../assets.ts';

/** The scripts of helpers/. */
const scripts = ['qemu-system', 'virtiofsd'] as const;

const sources = join(packageRoot, 'src', 'podman');
/** What the npm package brings in place of the sources. */
const prebuilt = join(packageRoot, 'dist', 'podman-helpers');

/** The program of helper/ as one file: built anew in a checkout, ready-made in the npm package. */
export async function helperProgram(): Promise<string> {
  const entry = join(sources, 'helper', 'main.ts');
  if (!existsSync(entry)) return await readFile(join(prebuilt, 'podman-helper.mjs'), 'utf8');
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

/** A script of helpers/: plain data, installed as it is. */
export async function helperScript(name: (typeof scripts)[number]): Promise<string> {
  const folder = existsSync(sources) ? join(sources, 'helpers') : prebuilt;
  return await readFile(join(folder, name), 'utf8');
}

/** `npm run build:helpers`: puts into dist/ what the npm package brings. */
if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await mkdir(prebuilt, { recursive: true });
  await writeFile(join(prebuilt, 'podman-helper.mjs'), await helperProgram());
  for (const name of scripts) {
    await copyFile(join(sources, 'helpers', name), join(prebuilt, name));
    await chmod(join(prebuilt, name), 0o755);
  }
}
