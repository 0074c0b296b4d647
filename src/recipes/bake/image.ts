import { percentIn } from '../../disk/qemu-progress.ts';
import { nothing, type Stage } from '../../pipeline/stage.ts';
import type { BakeEnv } from './env.ts';
import { layerFile } from './layers.ts';

/** Merges base and layers into one sparse raw disk. */
export function imageStage(env: BakeEnv, seal: Stage): Stage {
  const { host, paths } = env;
  const partial = `${paths.raw}.part`;
  return {
    name: 'image',
    title: 'Put the disk together',
    needs: [seal],
    outputs: nothing,
    inputs: () => null,
    stands: async () => (await host.stat(paths.raw)) !== undefined,
    sweep: async () => {
      for (const file of [partial, paths.raw])
        if ((await host.stat(file)) !== undefined) await host.remove(file);
    },
    run: async (run) => {
      const top = layerFile(paths.layers, 'seal');
      // Several pieces at once, in the order in which they arrive: a raw file has a place for each.
      const atOnce = ['-m', '16', '-W'] as const;
      await run.exec(['qemu-img', 'convert', '-p', ...atOnce, '-f', 'qcow2', '-O', 'raw', top, partial], {
        onLine: (line) => {
          const percent = percentIn(line);
          if (percent !== undefined) run.progress({ text: 'putting together', done: percent, total: 100 });
        },
      });
      await host.rename(partial, paths.raw);
      return {};
    },
  };
}
