import type { Json, Outputs, Stage, StageRun } from '../../pipeline/stage.ts';
import type { BakeEnv } from './env.ts';
import { layerBelow, type Layer } from './layers.ts';
import type { Inside } from './machine.ts';

/** What a stage does inside the machine. */
export interface InsideWork {
  readonly layer: Layer;
  readonly title: string;
  /** Stages outside of the machine that it builds on. */
  readonly needs?: readonly string[];
  inputs(): Json | Promise<Json>;
  work(inside: Inside, run: StageRun): Promise<Outputs>;
  /** Only looks. */
  check?(inside: Inside, run: StageRun, outputs: Outputs): Promise<Outputs>;
}

/** A stage that writes a layer: its name is the layer's, and it needs the stage below. */
export function insideStage(env: BakeEnv, inner: InsideWork): Stage {
  const { machine } = env;
  const { layer, title, needs = [] } = inner;
  const below = layerBelow(layer);
  return {
    name: layer,
    title,
    needs: [...(below === undefined ? ['base', 'seed'] : [below]), ...needs],
    inputs: () => inner.inputs(),
    stands: () => machine.has(layer),
    sweep: () => machine.discard(layer),
    run: (run) =>
      withHint(env, run, async () => {
        const inside = await machine.enter(layer, run);
        const outputs = await inner.work(inside, run);
        if (layer !== 'seal') await flush(inside, outputs['rootfs'] ?? run.outputs('boot')['rootfs']);
        return outputs;
      }),
    check: (run, outputs) =>
      withHint(env, run, async () => {
        if (inner.check === undefined) return {};
        return await inner.check(await machine.enter(layer, run), run, outputs);
      }),
  };
}

/** Says how to look into a machine in which something went wrong. */
async function withHint(env: BakeEnv, run: StageRun, work: () => Promise<Outputs>): Promise<Outputs> {
  try {
    return await work();
  } catch (error) {
    if (!run.signal.aborted)
      run.say(`the machine's console is in ${env.paths.console}; to look around in it: ${env.shell}`);
    throw error;
  }
}

/**
 * Brings everything to the disk, because the next stage freezes this layer and begins a new one. sync(8) on UFS only
 * begins to write, and what depends on a written block is written by the next call.
 */
async function flush(inside: Inside, rootfs: string | undefined): Promise<void> {
  if (rootfs === 'zfs') {
    await inside.exec(['/sbin/zpool', 'sync']);
    return;
  }
  for (let pass = 0; pass < 3; pass++) {
    if (pass > 0) await inside.exec(['/bin/sleep', '1']);
    await inside.exec(['/bin/sync']);
  }
}
