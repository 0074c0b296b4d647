import { existsSync } from 'node:fs';
import { chmod, copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { packageRoot } from '../ground/assets.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';

const entry = join(packageRoot, 'ignition/src/main.ts');
/** Where `npm run build:agent` puts it, and the npm package has it. */
export const prebuiltAgent = join(packageRoot, 'dist/podbsd-agent');

/** QuickJS in the guest is the port lang/quickjs. */
const interpreter = '#!/usr/local/bin/qjs -m';

/**
 * Makes the guest agent: one JavaScript file that QuickJS runs. In a checkout it is bundled from ignition/src; the npm
 * package contains the finished file, since it has neither esbuild nor the sources.
 */
export async function bundleAgent(outFile: string): Promise<void> {
  await mkdir(dirname(outFile), { recursive: true });
  const staged = `${outFile}.new-${process.pid}`;
  try {
    if (existsSync(entry)) await writeFile(staged, await bundle());
    else await copyPrebuilt(staged);
    await chmod(staged, 0o755);
    await rename(staged, outFile);
  } finally {
    await rm(staged, { force: true });
  }
}

async function bundle(): Promise<string> {
  // A development dependency: only needed where the sources are.
  const { build } = await import('esbuild');
  const result = await build({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'esm',
    // What QuickJS 2025-04-26 understands.
    target: 'es2023',
    external: ['std', 'os'],
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'silent',
  });
  const [file] = result.outputFiles;
  if (file === undefined) throw new Error('esbuild has made no file');
  return `${interpreter}\n${file.text}`;
}

async function copyPrebuilt(outFile: string): Promise<void> {
  if (!existsSync(prebuiltAgent)) {
    throw new PodbsdError({
      doing: 'preparing the guest agent',
      problem: `neither ${entry} nor ${prebuiltAgent} exists`,
      remedy: 'reinstall podbsd: npm install -g podbsd',
      exitCode: ExitCode.host,
    });
  }
  await copyFile(prebuiltAgent, outFile);
}
