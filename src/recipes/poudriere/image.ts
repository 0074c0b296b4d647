import { parsePoudriereVersion } from './version.ts';
import { image } from './commands.ts';
import { etcFile } from './etc.ts';
import { imageName } from './names.ts';
import type { BuildPaths } from './paths.ts';
import type { Nothing, Stage, StageOf } from '../../pipeline/stage.ts';
import { prepareEtc, type PoudriereEnv } from './env.ts';
import { inspectImage, sizeSchema, type ImageSize } from './image-inspect.ts';
import { sweepImage } from './image-sweep.ts';
import { poudriereMessages } from './poudriere-messages.ts';
import type { HostSays } from './preflight.ts';

/** The finished raw disk on the build host. */
export function rawImage(paths: BuildPaths): string {
  return `${paths.image}/${imageName}.img`;
}

/** What the image is made from. */
interface Needs {
  readonly preflight: StageOf<HostSays>;
  readonly jail: Stage;
  readonly packages: Stage;
  readonly overlay: Stage;
}

/** Writes the disk image from jail, packages and overlay. */
export function imageStage(env: PoudriereEnv, { preflight, ...needs }: Needs): Stage<ImageSize, Nothing> {
  const { host, paths } = env;
  const { size } = env.config.build;
  return {
    name: 'image',
    title: 'Write the disk image',
    needs: Object.values(needs),
    outputs: sizeSchema,
    inputs: async () => ({
      size,
      prune: await etcFile('image-src.conf'),
      excludes: await etcFile('image-excludes'),
    }),
    stands: async () => (await host.stat(rawImage(paths))) !== undefined,
    sweep: (run) => sweepImage(env, run),
    run: async (run) => {
      await prepareEtc(env);
      await host.writeFile(paths.excludes, await etcFile('image-excludes'));
      const version = parsePoudriereVersion(run.output(preflight).poudriere);
      // A pool with features that the guest's loader does not know would not boot; only master can limit them.
      const compatibility = version?.development === true ? 'openzfs-2.2' : undefined;
      const argv = image(paths, { size, hostname: 'podbsd', compatibility });
      await run.exec(argv, { onLine: poudriereMessages(run), outlives: paths.running });
      await host.remove(paths.image);
      await host.rename(paths.imageWork, paths.image);
      return {};
    },
    check: (run) => inspectImage(env, run, rawImage(paths)),
    assumed: { used: '', jail: '' },
  };
}
