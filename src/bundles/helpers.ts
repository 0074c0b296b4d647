import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../ground/assets.ts';

/** The stand-ins for Linux's helpers (QEMU, virtiofsd) and for those of macOS (vfkit, krunkit). */
export type HelperKind = 'linux' | 'apple';

/** The scripts of each front/. */
export const helperScripts = {
  linux: ['qemu-system', 'virtiofsd'],
  apple: ['hypervisor', 'gvproxy', 'freebsd-disk', 'real-helper', 'guard', 'launch', 'datagram.pl'],
} as const satisfies Record<HelperKind, readonly string[]>;

const sources = (kind: HelperKind): string => join(packageRoot, 'src', 'podman', kind);

/** What the npm package contains instead of the sources. */
export const prebuiltHelpers = (kind: HelperKind): string =>
  join(packageRoot, 'dist', 'podman-helpers', kind === 'linux' ? '' : kind);

/** The program behind the scripts as one file: built in a checkout, already there in the npm package. */
export async function helperProgram(kind: HelperKind = 'linux'): Promise<string> {
  const entry = join(sources(kind), 'main.ts');
  if (!existsSync(entry)) return await readFile(join(prebuiltHelpers(kind), 'podman-helper.mjs'), 'utf8');
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
export async function helperScript<Kind extends HelperKind>(
  kind: Kind,
  name: (typeof helperScripts)[Kind][number],
): Promise<string> {
  const folder = existsSync(sources(kind)) ? join(sources(kind), 'front') : prebuiltHelpers(kind);
  return await readFile(join(folder, name), 'utf8');
}
