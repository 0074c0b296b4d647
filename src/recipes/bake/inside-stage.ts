import * as z from 'zod';
import type { Json, Outputs, Stage, StageOf, StageRun } from '../../pipeline/stage.ts';
import type { BakeEnv } from './env.ts';
import type { Inside } from './inside.ts';
import type { Base, Layer } from './layers.ts';

export const bootSchema = z.object({
  /** Type of the root file system: `zfs`, `ufs`. */
  rootfs: z.string(),
  /** What freebsd-version(1) says of the userland: `15.1-RELEASE-p2`. */
  version: z.string(),
  /** MiB that are free in the root file system. */
  free: z.number(),
});
/** What the first boot has shown of the base. */
export type Boot = z.infer<typeof bootSchema>;

/** What a stage inside builds on. */
export interface Ground {
  /** The stage of the layer below. */
  readonly below: Stage;
  readonly boot: StageOf<Boot>;
}

/** What a stage does inside the machine. */
export interface InsideWork<Output extends Outputs, Made extends Outputs> extends Pick<
  Stage<Output, Made>,
  'outputs' | 'assumed'
> {
  readonly layer: Layer;
  readonly title: string;
  readonly inputs: () => Json | Promise<Json>;
  readonly work: (inside: Inside, run: StageRun) => Promise<Made>;
  /** Only looks. */
  readonly check?: (inside: Inside, run: StageRun, made: Made) => Promise<Omit<Output, keyof Made>>;
}

/** A stage that writes a layer, after the first one: its name is the layer's, and it needs the stage below. */
export function insideStage<Output extends Outputs, Made extends Outputs = Output>(
  env: BakeEnv,
  { below, boot }: Ground,
  work: InsideWork<Output, Made>,
): Stage<Output, Made> {
  return layerStage(env, work, { needs: [below], rootfs: (run) => run.output(boot).rootfs });
}

/** What the first layer does differently. */
interface Place<Made extends Outputs> {
  readonly needs: readonly Stage[];
  readonly base?: StageOf<Base>;
  readonly rootfs: (run: StageRun, made: Made) => string;
}

/** A stage that writes a layer. */
export function layerStage<Output extends Outputs, Made extends Outputs>(
  env: BakeEnv,
  { layer, title, outputs, assumed, inputs, work, check }: InsideWork<Output, Made>,
  { needs, base, rootfs }: Place<Made>,
): Stage<Output, Made> {
  const { machine } = env;
  return {
    ...{ name: layer, title, needs, outputs, inputs },
    ...(assumed === undefined ? {} : { assumed }),
    stands: () => machine.has(layer),
    sweep: () => machine.discard(layer),
    run: (run) =>
      withHint(env, run, async () => {
        const inside = await machine.enter(layer, run, base === undefined ? undefined : run.output(base));
        const made = await work(inside, run);
        if (layer !== 'seal') await flush(inside, rootfs(run, made));
        return made;
      }),
    ...(check === undefined
      ? {}
      : {
          check: (run: StageRun, made: Made) =>
            withHint(env, run, async () => await check(await machine.enter(layer, run), run, made)),
        }),
  };
}

/** Says how to inspect a machine in which something went wrong. */
async function withHint<T>(env: BakeEnv, run: StageRun, work: () => Promise<T>): Promise<T> {
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
async function flush(inside: Inside, rootfs: string): Promise<void> {
  if (rootfs === 'zfs') {
    await inside.exec(['/sbin/zpool', 'sync']);
    return;
  }
  for (let pass = 0; pass < 3; pass++) {
    if (pass > 0) await inside.exec(['/bin/sleep', '1']);
    await inside.exec(['/bin/sync']);
  }
}
