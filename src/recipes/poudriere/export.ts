import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { PatchFacts } from '../../disk/image-facts.ts';
import { fingerprint } from '../../pipeline/fingerprint.ts';
import type { Stage, StageOf, StageRun } from '../../pipeline/stage.ts';
import { transferProgress } from '../../pipeline/transfer-progress.ts';
import { exportStageOf, type Exported } from '../shared/export.ts';
import { configuredRelease } from '../shared/release.ts';
import { readPackageFacts } from '../shared/package-facts.ts';
import type { PoudriereEnv } from './env.ts';
import { rawImage } from './image.ts';
import type { Jail } from './jail.ts';
import type { Source } from './source.ts';

/** What the exported image is made of. */
interface Needs {
  readonly jail: StageOf<Jail>;
  readonly ports: Stage;
  readonly packages: Stage;
  readonly image: Stage;
  /** Of a base that was built from source. */
  readonly source: StageOf<Source> | undefined;
}

/** Exports the disk that Poudriere has made, here or on a builder. */
export function exportStage(env: PoudriereEnv, { source, ...needs }: Needs): Stage<Exported> {
  return exportStageOf(env, {
    needs: [...(source === undefined ? [] : [source]), ...Object.values(needs)],
    version: () => (source === undefined ? configuredRelease(env.config.build).name : 'source'),
    requireBootable: true,
    raw: (run) => fetchRaw(env, run),
    facts: async (run) => {
      const { commit, patch } = source === undefined ? {} : run.output(source);
      return {
        origin: { recipe: 'poudriere', base: originOf(env) },
        freebsd: { version: run.output(needs.jail).version, commit },
        patches: patch === undefined ? [] : [await patchFacts(env, patch)],
        packages: await readPackageFacts(env.host, env.paths.packageFacts),
      };
    },
  });
}

function originOf({ config }: PoudriereEnv): string {
  const { base, source } = config.build;
  return base === 'source' ? `${source.url} ${source.branch}` : configuredRelease(config.build).name;
}

/** The raw disk as a local file: where it is, when the build host is this machine, else a copy of it. */
async function fetchRaw(
  { host, here, paths, stateDir }: PoudriereEnv,
  run: StageRun,
): Promise<{ path: string; isCopy: boolean }> {
  const raw = rawImage(paths);
  if (host === here) return { path: raw, isCopy: false };
  // Builds on several builders, or in several directories of one, may be fetched side by side.
  const of = fingerprint({ host: host.name, raw }).slice(0, 8);
  const copy = join(stateDir, `podbsd-${of}.img`);
  await host.download(raw, copy, {
    signal: run.signal,
    onProgress: transferProgress(run, `fetching from ${host.name}`),
  });
  return { path: copy, isCopy: true };
}

async function patchFacts({ here }: PoudriereEnv, patch: string): Promise<PatchFacts> {
  const content = await here.readText(patch);
  if (content === undefined) return { name: patch };
  return { name: patch, sha256: createHash('sha256').update(content).digest('hex') };
}
