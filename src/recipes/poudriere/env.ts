import { basename } from 'node:path';
import { ask } from '../../host/ask.ts';
import { proxiesOf } from '../../vm/proxies.ts';
import type { RecipeEnv } from '../shared/env.ts';
import { ownPorts } from '../shared/own-ports.ts';
import { writeEtc } from './etc.ts';
import type { BuildPaths } from './paths.ts';

/** What all stages of a build with Poudriere share. */
export interface PoudriereEnv extends RecipeEnv {
  readonly paths: BuildPaths;
}

const prepared = new WeakSet<object>();

/** Brings Poudriere's etc directory up to date, once in a run: every stage that calls Poudriere needs it. */
export async function prepareEtc(env: Pick<PoudriereEnv, 'host' | 'paths' | 'config'>): Promise<void> {
  if (prepared.has(env)) return;
  prepared.add(env);
  const { pool, dataset, jobs } = env.config.build;
  const neverFetched = (await ownPorts()).map((origin) => basename(origin));
  const proxies = proxiesOf(parseEnvironment((await ask(env.host, ['env'])) ?? ''));
  await writeEtc(env.host, env.paths, { pool, dataset, jobs, neverFetched, proxies });
}

/** What env(1) prints. */
function parseEnvironment(text: string): Readonly<Record<string, string>> {
  const lines = [...text.matchAll(/^(\w+)=(.*)$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
}
