import { basename } from 'node:path';
import type { OriginFacts } from '../../disk/image-facts.ts';
import type { Stage, StageOf } from '../../pipeline/stage.ts';
import { exportStageOf, type Exported } from '../shared/export.ts';
import { readPackageFacts } from '../shared/package-facts.ts';
import type { BakeEnv } from './env.ts';
import type { Boot } from './inside-stage.ts';
import type { Base } from './layers.ts';

/** Exports the disk that image has put together. */
export function exportStage(
  env: BakeEnv,
  needs: {
    readonly base: StageOf<Base>;
    readonly boot: StageOf<Boot>;
    readonly packages: Stage;
    readonly image: Stage;
  },
): Stage<Exported> {
  const { host, paths } = env;
  return exportStageOf(env, {
    needs: Object.values(needs),
    // The release that a file is named after, without the patches it has had since.
    version: (run) => run.output(needs.boot).version.replace(/-p\d+$/, ''),
    // It has just booted; a user's own image may have another layout.
    requireBootable: false,
    raw: async () => ({ path: paths.raw, isCopy: false }),
    facts: async (run) => ({
      origin: originOf(run.output(needs.base)),
      freebsd: { version: run.output(needs.boot).version },
      packages: await readPackageFacts(host, paths.packageFacts),
    }),
  });
}

function originOf({ from, path, sha256 }: Base): OriginFacts {
  return { recipe: 'bake', base: from ?? basename(path), ...(sha256 === undefined ? {} : { sha256 }) };
}
