import { nothing, type Stage } from '../../pipeline/stage.ts';
import type { PoudriereEnv } from './env.ts';
import { overlayTrees } from '../shared/overlay-trees.ts';
import { hashTree } from '../shared/tree-hash.ts';

/**
 * Stages the files that are laid over FreeBSD in the image. Poudriere copies them with owner and mode, so that a
 * checkout of user 1001 would make the image's `/etc` belong to user 1001: here everything becomes root's.
 */
export function overlayStage(env: PoudriereEnv): Stage {
  const { host, paths } = env;
  const { architecture } = env.config.build;
  const trees = overlayTrees(architecture);
  const prepared = `${paths.overlay}.new`;

  return {
    name: 'overlay',
    title: 'Stage the overlay',
    needs: [],
    outputs: nothing,
    inputs: () => Promise.all(trees.map((tree) => hashTree(tree))),
    stands: async () => (await host.stat(`${paths.overlay}/etc/rc.conf`)) !== undefined,
    sweep: async () => {
      if ((await host.stat(prepared)) !== undefined) await host.remove(prepared);
    },
    run: async (run) => {
      for (const tree of trees) await host.upload(tree, prepared);
      await run.exec(['chown', '-R', '-h', '0:0', prepared]);
      // Read for all and write for root alone; X keeps programs executable and folders open.
      await run.exec(['chmod', '-R', 'u=rwX,go=rX', prepared]);
      await host.remove(paths.overlay);
      await host.rename(prepared, paths.overlay);
      return {};
    },
  };
}
