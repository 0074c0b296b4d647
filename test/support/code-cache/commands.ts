import { readFileSync } from 'node:fs';
import Module, { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { Script } from 'node:vm';

/**
 * In the place of src/commands/run.ts and of exports.ts in the programs that tests start: the same commands, bundled as
 * one script whose functions were compiled beforehand. To compile them is half of what a command does otherwise.
 */
const file = join(import.meta.dirname, 'commands.cjs');
export const codeCacheFile = `${file}.cache`;

// esbuild writes ASCII alone.
export const script = new Script(Module.wrap(readFileSync(file, 'latin1')), {
  filename: file,
  cachedData: cached(),
});

type Commands = typeof import('./exports.ts');
const module = { exports: {} as Commands };
type Wrapped = (exports: Commands, require: NodeJS.Require, own: typeof module, ...names: string[]) => void;
(script.runInThisContext() as Wrapped)(module.exports, createRequire(file), module, file, dirname(file));

export const { createProgram, ModalTerminal, reportError, runCommandLine } = module.exports;

/** None yet where it is being made. */
function cached(): Buffer | undefined {
  try {
    return readFileSync(codeCacheFile);
  } catch {
    return undefined;
  }
}
