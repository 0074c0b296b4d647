import { basename } from 'node:path';
import type { RecipeEnv } from '../shared/env.ts';
import { ownPorts } from '../shared/own-ports.ts';
import { writeEtc } from './etc.ts';
import type { BuildPaths } from './paths.ts';

/** What all stages of a build with Poudriere share. */
export interface PoudriereEnv extends RecipeEnv {
  readonly paths: BuildPaths;
}

const prepared = new WeakSet<PoudriereEnv>();

/** Brings Poudriere's etc directory up to date, once in a run: every stage that calls Poudriere needs it. */
export async function prepareEtc(env: PoudriereEnv): Promise<void> {
  if (prepared.has(env)) return;
  prepared.add(env);
  const { pool, dataset, jobs } = env.config.build;
  const neverFetched = (await ownPorts()).map((origin) => basename(origin));
  await writeEtc(env.host, env.paths, { pool, dataset, jobs, neverFetched });
}
