import type { Host } from '../../host/host.ts';
import { lockOf } from '../../pipeline/lock.ts';
import { runPipeline } from '../../pipeline/runner.ts';
import type { Build, Opening } from '../build.ts';
import { logFolder, recipeEnv } from '../shared/env.ts';
import type { PoudriereEnv } from './env.ts';
import { stopOrphans } from './orphans.ts';
import { buildPaths } from './paths.ts';
import { poudriereRecipe } from './recipe.ts';
import { removeBuild } from './remove.ts';

/** Poudriere's build on this FreeBSD host, which is closed with it. */
export function openPoudriere({ loaded, options, here, signal }: Opening, host: Host): Build {
  const shared = recipeEnv(loaded, options);
  const env: PoudriereEnv = { ...shared, host, here, paths: buildPaths(shared.config.build) };
  const { directory } = env.paths;
  const pipeline = {
    host,
    stages: poudriereRecipe(env),
    directory,
    logs: logFolder(env),
    outDir: env.outDir,
    stopOrphans: (run) => stopOrphans(env, run),
  } satisfies Partial<Build>;
  return {
    ...pipeline,
    lock: lockOf(directory),
    run: async ({ range, reporter }) => {
      await runPipeline({ ...pipeline, range, reporter: reporter(), signal });
    },
    remove: (run) => removeBuild(env, run),
    close: () => host.close(),
  };
}
