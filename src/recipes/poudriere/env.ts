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

/** The server that each was prepared with. */
const prepared = new WeakMap<object, string | undefined>();

/**
 * Brings Poudriere's etc directory up to date, once in a run: every stage that calls Poudriere needs it.
 *
 * @param server where releases are fetched, once that is known.
 */
export async function prepareEtc(
  env: Pick<PoudriereEnv, 'host' | 'paths' | 'config'>,
  server?: string,
): Promise<void> {
  if (prepared.has(env) && (server === undefined || prepared.get(env) === server)) return;
  prepared.set(env, server);
  const { pool, dataset, jobs } = env.config.build;
  const neverFetched = (await ownPorts()).map((origin) => basename(origin));
  const proxies = proxiesOf(parseEnvironment((await ask(env.host, ['env'])) ?? ''));
  await writeEtc(env.host, env.paths, { pool, dataset, jobs, neverFetched, proxies, server });
}

/** What env(1) prints. */
function parseEnvironment(text: string): Readonly<Record<string, string>> {
  const lines = [...text.matchAll(/^(\w+)=(.*)$/gm)];
  return Object.fromEntries(lines.map(([, name = '', value = '']) => [name, value]));
}
