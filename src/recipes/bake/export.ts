import type { Stage, StageOf } from '../../pipeline/stage.ts';
import { exportStageOf, type Exported } from '../shared/export.ts';
import { readPackageFacts } from '../shared/package-facts.ts';
import type { BakeEnv } from './env.ts';
import type { Boot } from './inside-stage.ts';

/** Exports the disk that image has put together. */
export function exportStage(
  env: BakeEnv,
  needs: { readonly boot: StageOf<Boot>; readonly packages: Stage; readonly image: Stage },
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
      freebsd: { version: run.output(needs.boot).version },
      packages: await readPackageFacts(host, paths.packageFacts),
    }),
  });
}
