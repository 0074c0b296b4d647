import type { Config } from '../../config/schema.ts';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { nothing, type Stage, type StageOf } from '../../pipeline/stage.ts';
import { baseStage } from './base.ts';
import { bootStage } from './boot.ts';
import type { BakeEnv } from './env.ts';
import { insideStage, type Boot } from './inside-stage.ts';
import { bootstrapPkg, pkg } from './pkg.ts';
import { preflightStage } from './preflight.ts';
import { seedStage } from './seed.ts';
import { shippedList } from '../shared/shipped.ts';

/** Base image and a build from a release; one from source takes more, and less when packages are fetched. */
export const building = { work: 'building in a virtual machine', gib: 40 } as const;

/**
 * Makes a FreeBSD machine that Poudriere can work in, the first part of `--builder vm`. It begins as a bake does; the
 * second part is the other recipe, with this machine as its host.
 */
export function builderRecipe(env: BakeEnv): readonly Stage[] {
  const base = baseStage(env);
  const seed = seedStage(env);
  const boot = bootStage(env, { base, seed }, false);
  return [preflightStage(env, building), base, seed, boot, builderStage(env, boot)];
}

/** The configuration of the machine that builds: its base is a release on ZFS, whatever is built in it. */
export function builderConfig({ build, bake, ...others }: Config): Config {
  return {
    ...others,
    build: { ...build, base: 'release', allow_missing_p9fs: true },
    bake: { ...bake, filesystem: 'zfs', size: bake.builder_size, memory: bake.builder_memory },
  };
}

function builderStage(env: BakeEnv, boot: StageOf<Boot>): Stage {
  return insideStage(
    env,
    { below: boot, boot },
    {
      layer: 'builder',
      title: 'Install Poudriere',
      outputs: nothing,
      inputs: async () => ({ packages: await shippedList('image/bake/builder.packages') }),
      work: async (inside, run) => {
        if (run.output(boot).rootfs !== 'zfs')
          throw new PodbsdError({
            doing: 'making a machine for Poudriere',
            problem: 'the root of the base image is not on ZFS, where Poudriere keeps its jails',
            remedy: 'give an image with ZFS, such as FreeBSD-...-BASIC-CLOUDINIT-zfs.qcow2.xz, or none',
            exitCode: ExitCode.data,
          });
        await bootstrapPkg(inside, run);
        await pkg(inside, run, 'install', '-y', ...(await shippedList('image/bake/builder.packages')));
        return {};
      },
    },
  );
}
