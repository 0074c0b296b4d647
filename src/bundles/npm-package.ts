import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
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
 * The command line: podbsd.js and the parts of it that it loads when a command needs them. Its libraries stay npm
 * dependencies, so that their fixes reach it without a new podbsd.
 */
async function bundleProgram(): Promise<void> {
  const outdir = join(packageRoot, 'dist');
  const { outputFiles } = await build({
    entryPoints: [join(packageRoot, 'src', 'cli.ts')],
    entryNames: 'podbsd',
    chunkNames: 'podbsd/[name]-[hash]',
    outdir,
    bundle: true,
    splitting: true,
    write: false,
    platform: 'node',
    target: 'node20',
    format: 'esm',
    packages: 'external',
    legalComments: 'none',
    charset: 'utf8',
    logLevel: 'error',
    absWorkingDir: packageRoot,
  });
  const parts = join(outdir, 'podbsd');
  await mkdir(parts, { recursive: true });
  // The program is last: until then the one that is there finds its own parts, whose names say what they hold.
  const programLast = outputFiles.toSorted(
    (a, b) => Number(dirname(a.path) === outdir) - Number(dirname(b.path) === outdir),
  );
  for (const { path, contents } of programLast) {
    const staged = `${path}.new-${process.pid}`;
    await writeFile(staged, contents, { mode: 0o755 });
    await rename(staged, path);
  }
  const current = new Set(outputFiles.map(({ path }) => basename(path)));
  for (const name of await readdir(parts)) if (!current.has(name)) await rm(join(parts, name));
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
