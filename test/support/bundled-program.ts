import { rmSync } from 'node:fs';
import { chmod, readdir, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { bundleAgent } from '../../src/bundles/agent.ts';
import { packageRoot } from '../../src/ground/assets.ts';
import { cachedFolder } from './cache.ts';
import { warmCodeCache } from './code-cache/warm.ts';
import { MADE_AGENT } from './made-agent.ts';

/** Below the package, where programs find its data files and esbuild. */
const folder = join(packageRoot, 'node_modules/.cache/podbsd-test');
/** Names the process whose programs all workers of a run use: whichever needs one first makes them. */
const RUN_VARIABLE = 'PODBSD_TEST_RUN';

/**
 * The programs that tests start. The functions are never called: Vitest reads in them what a test depends on that starts
 * a program, for `npm test -- --changed`.
 */
const programs = {
  'src/cli.ts': () => import('../../src/cli.ts'),
  'test/environment/driver.ts': () => import('../environment/driver.ts'),
  'test/standin/rehearse.ts': () => import('../standin/rehearse.ts'),
} satisfies Record<string, () => Promise<unknown>>;

/**
 * The command line as one JavaScript program, libraries included and compiled, made once for a run: it starts several
 * times faster than the sources do, and tests start it hundreds of times.
 *
 * @param entry another program of the tests that is made in the same way.
 */
export async function bundledProgram(entry: keyof typeof programs = 'src/cli.ts'): Promise<string> {
  const run = process.env[RUN_VARIABLE] ?? (await openForThisProcess());
  const made = await cachedFolder(join(folder, run), bundleAll);
  return join(made, `${basename(entry, '.ts')}.mjs`);
}

/** Called once before all tests. What it answers removes the programs of this run. */
export async function openPrograms(): Promise<() => void> {
  await sweep();
  const run = String(process.pid);
  process.env[RUN_VARIABLE] = run;
  return () => rmSync(join(folder, run), { recursive: true, force: true });
}

/** For a bench, which runs without Vitest. */
async function openForThisProcess(): Promise<string> {
  process.once('exit', await openPrograms());
  return String(process.pid);
}

/** Removes what runs have left that were killed. */
async function sweep(): Promise<void> {
  for (const name of await readdir(folder).catch(() => []))
    if (!isRunning(parseInt(name, 10))) await rm(join(folder, name), { recursive: true, force: true });
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

async function bundleAll(outdir: string): Promise<void> {
  await Promise.all([bundlePrograms(outdir), bundleCommands(outdir), bundleAgent(join(outdir, MADE_AGENT))]);
  await warmCodeCache(outdir);
  // Tests that root runs start it as another user.
  await chmod(outdir, 0o755);
}

async function bundlePrograms(outdir: string): Promise<void> {
  await build({
    ...common,
    entryPoints: [
      ...Object.keys(programs).map((entry) => join(packageRoot, entry)),
      ...['commands', 'make'].map((name) => join(packageRoot, `test/support/code-cache/${name}.ts`)),
    ],
    outdir,
    entryNames: '[name]',
    outExtension: { '.js': '.mjs' },
    splitting: true,
    format: 'esm',
    plugins: [nativeParts, madeAgent, commandsFromCache],
    // What libraries in the older module format expect around them.
    define: { __dirname: 'import.meta.dirname' },
    banner: {
      js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
    },
  });
}

/** The commands as one script, which Node.js can start from compiled code. */
async function bundleCommands(outdir: string): Promise<void> {
  await build({
    ...common,
    entryPoints: [join(packageRoot, 'test/support/code-cache/exports.ts')],
    outfile: join(outdir, 'commands.cjs'),
    format: 'cjs',
    // A script knows none; what is not in the bundle is required.
    supported: { 'dynamic-import': false },
    plugins: [nativeParts, madeAgent],
    define: { 'import.meta.url': 'thisFile', 'import.meta.dirname': '__dirname' },
    banner: { js: "const thisFile = require('node:url').pathToFileURL(__filename).href;" },
  });
}

const common = {
  bundle: true,
  platform: 'node',
  // Loaded when they are used; undici's parts have no names of their own in a bundle.
  external: ['esbuild', 'undici'],
  minifyWhitespace: true,
  logLevel: 'error',
} as const satisfies BuildOptions;

/** What src/cli.ts loads first, and all that the driver has of podbsd. */
const commandsFromCache: Plugin = {
  name: 'commands from the code cache',
  setup(making) {
    making.onResolve({ filter: /\/commands\/run\.ts$|\/code-cache\/exports\.ts$/ }, () => ({
      path: './commands.mjs',
      external: true,
    }));
  },
};

/** The guest agent is made with the programs, by what they would make it with. */
const madeAgent: Plugin = {
  name: 'made agent',
  setup(making) {
    making.onResolve({ filter: /\/bundles\/agent\.ts$/ }, () => ({
      path: join(packageRoot, 'test/support/made-agent.ts'),
    }));
  },
};

/** ssh2 and its helpers load machine code from their own folders, where there is some. */
const nativeParts: Plugin = {
  name: 'native parts',
  setup(making) {
    making.onResolve({ filter: /^cpu-features$|\.node$/ }, ({ path, resolveDir }) => ({
      path: path.endsWith('.node') ? join(resolveDir, path) : path,
      external: true,
    }));
  },
};
