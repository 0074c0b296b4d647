import { parsePoudriereVersion } from './version.ts';
import { image } from './commands.ts';
import { shippedFile } from './etc.ts';
import { imageName } from './names.ts';
import type { BuildPaths } from './paths.ts';
import type { Stage } from '../../pipeline/stage.ts';
import { prepareEtc, type BuildEnv } from './env.ts';
import { inspectImage } from './image-inspect.ts';
import { sweepImage } from './image-sweep.ts';
import { poudriereMessages } from './poudriere-messages.ts';

/** The finished raw disk on the build host. */
export function rawImage(paths: BuildPaths): string {
  return `${paths.image}/${imageName}.img`;
}

/** Writes the disk image from jail, packages and overlay. */
export function imageStage(env: BuildEnv): Stage {
  const { host, paths } = env;
  const { size } = env.config.build;
  return {
    name: 'image',
    title: 'Write the disk image',
    needs: ['jail', 'packages', 'overlay'],
    inputs: async () => ({
      size,
      prune: await shippedFile('image-src.conf'),
      excludes: await shippedFile('image-excludes'),
    }),
    stands: async () => (await host.stat(rawImage(paths))) !== undefined,
    sweep: (run) => sweepImage(env, run),
    run: async (run) => {
      await prepareEtc(env);
      await host.writeFile(paths.excludes, await shippedFile('image-excludes'));
      const version = parsePoudriereVersion(run.outputs('preflight')['poudriere'] ?? '');
      // A pool with features that the guest's loader does not know would not boot; only master can limit them.
      const compatibility = version?.development === true ? 'openzfs-2.2' : undefined;
      const argv = image(paths, { size, hostname: 'podbsd', compatibility });
      await run.exec(argv, { onLine: poudriereMessages(run), outlives: paths.running });
      await host.remove(paths.image);
      await host.rename(paths.imageWork, paths.image);
      return {};
    },
    check: (run) => inspectImage(env, run, rawImage(paths)),
  };
}
