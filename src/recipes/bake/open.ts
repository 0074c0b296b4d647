import { resolve } from 'node:path';
import { requireAll } from '../../ground/lack/lack.ts';
import { lockOf } from '../../pipeline/lock.ts';
import { runPipeline } from '../../pipeline/runner.ts';
import type { Stage } from '../../pipeline/stage.ts';
import type { Build, Opening } from '../build.ts';
import { logFolder, recipeEnv } from '../shared/env.ts';
import type { BakeEnv } from './env.ts';
import { BakeMachine } from './machine.ts';
import { bakePaths } from './paths.ts';
import { bakeLacks, baking, type Purpose } from './preflight.ts';
import { bakeRecipe } from './recipe.ts';
import { openShell } from './shell.ts';

/** Bakes FreeBSD's published image in a machine here. */
export function openBake(opening: Opening): Build {
  const env = bakeEnv(opening, 'bake');
  return machineBuild(opening, env, bakeRecipe(env), {
    lock: lockOf(env.paths.directory),
    logs: logFolder(env),
    purpose: baking,
  });
}

/** What the stages of a machine need that bakes, or that Poudriere builds in. */
export function bakeEnv({ loaded, options, here }: Opening, purpose: 'bake' | 'builder'): BakeEnv {
  const shared = recipeEnv(loaded, options);
  const paths = bakePaths(shared.stateDir, purpose);
  return {
    ...shared,
    host: here,
    here,
    paths,
    baseImage: options.baseImage === undefined ? undefined : resolve(options.baseImage),
    shell: `podbsd bake --shell${purpose === 'builder' ? ' --builder vm' : ''}`,
    machine: new BakeMachine(here, shared.config, paths),
  };
}

/** A build whose stages work in a machine here. Its whole folder is podbsd's. */
export function machineBuild(
  { say, signal }: Opening,
  env: BakeEnv,
  stages: readonly Stage[],
  { lock, logs, purpose }: Pick<Build, 'lock' | 'logs'> & { readonly purpose: Purpose },
): Build {
  const { host, paths, machine } = env;
  const { directory } = paths;
  const stopOrphans = (): Promise<void> => machine.stopOrphan();
  return {
    ...{ host, stages, directory, lock, logs, stopOrphans, outDir: env.outDir },
    check: async () => requireAll('checking this machine', await bakeLacks(env, purpose)),
    run: async ({ range, reporter }) => {
      const pipeline = { host, stages, directory, logs, stopOrphans, range, signal };
      await runPipeline({ ...pipeline, reporter: reporter() });
    },
    remove: () => host.remove(directory),
    shell: () => openShell(env, lock, say, signal),
    close: () => machine.close(),
  };
}
