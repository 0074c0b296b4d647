import { chmod, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { packageRoot } from '../ground/assets.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { helperProgram, helperScript, helperScripts, prebuiltHelpers } from './helpers.ts';
import { bundleAgent, prebuiltAgent } from './agent.ts';

/**
 * Makes dist/, the part of the npm package that is made from the sources. `npm run build` makes all of it, `npm pack`
 * and `npm publish` run it first; `npm run build:agent` makes the guest agent alone.
 */
const parts: Readonly<Record<string, () => Promise<void>>> = {
  program: bundleProgram,
  agent: () => bundleAgent(prebuiltAgent),
  helpers: buildHelpers,
};

/**
 * The command line as one file. Its libraries stay npm dependencies, so that their fixes reach it without a new podbsd.
 */
async function bundleProgram(): Promise<void> {
  const outfile = join(packageRoot, 'dist', 'podbsd.js');
  const staged = `${outfile}.new-${process.pid}`;
  try {
    await build({
      entryPoints: [join(packageRoot, 'src', 'cli.ts')],
      outfile: staged,
      bundle: true,
      platform: 'node',
      target: 'node20',
      format: 'esm',
      packages: 'external',
      legalComments: 'none',
      charset: 'utf8',
      logLevel: 'error',
      absWorkingDir: packageRoot,
    });
    await chmod(staged, 0o755);
    await rename(staged, outfile);
  } finally {
    await rm(staged, { force: true });
  }
}

async function buildHelpers(): Promise<void> {
  for (const kind of ['linux', 'apple'] as const) {
    const folder = prebuiltHelpers(kind);
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, 'podman-helper.mjs'), await helperProgram(kind));
    for (const name of helperScripts[kind])
      await writeFile(join(folder, name), await helperScript(kind, name), { mode: 0o755 });
  }
}

const wanted = process.argv.slice(2);
for (const name of wanted.length === 0 ? Object.keys(parts) : wanted) {
  const make = parts[name];
  if (make === undefined)
    throw new PodbsdError({
      doing: 'making dist/',
      problem: `there is no part ${name}`,
      remedy: `name one of ${Object.keys(parts).join(', ')}, or none for all`,
      exitCode: ExitCode.usage,
    });
  await make();
}
