import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { until } from '../../ground/until.ts';
import type { Stage, StageOf, StageRun } from '../../pipeline/stage.ts';
import { absent, p9fsModules, withoutP9fs } from '../shared/p9fs.ts';
import { configuredRelease } from '../shared/release.ts';
import { freeKib } from '../shared/free-space.ts';
import type { BakeEnv } from './env.ts';
import { bootSchema, layerStage, type Boot } from './inside-stage.ts';
import type { Inside } from './inside.ts';
import type { Base } from './layers.ts';
import { newestPatchOf, updateBase } from './update.ts';

/** Milliseconds that the guest's first boot may still take after the login. */
const FIRST_BOOT = 20 * 60_000;
const LOOK_EVERY = 500;

/**
 * Boots the base for the first time, with the seed, and inspects it.
 *
 * @param becomesImage false when it is only worked in.
 */
export function bootStage(
  env: BakeEnv,
  { base, seed }: { readonly base: StageOf<Base>; readonly seed: Stage },
  becomesImage = true,
): Stage<Boot, Pick<Boot, 'rootfs'>> {
  const { size, filesystem, update } = env.config.bake;
  const { architecture, allow_missing_p9fs: allowMissing } = env.config.build;
  const release = configuredRelease(env.config.build).name;
  const work = {
    layer: 'boot',
    title: 'Boot the base image',
    outputs: bootSchema,
    inputs: async () => ({
      ...{ architecture, size, allowMissing },
      // A newer patch makes it anew.
      ...(update ? { update: await newestPatchOf(env) } : {}),
    }),
    work: async (inside: Inside, run: StageRun) => {
      await firstBootIsOver(env, inside, run);
      const rootfs = (await rootFilesystem(inside)) ?? filesystem;
      // FreeBSD grows its root at the first boot; once more for a base that does not. With nothing left to grow,
      // growfs(8) ends with 1.
      await inside.exec(['/usr/sbin/service', 'growfs', 'onestart'], { okCodes: [0, 1] });
      if (update) await updateBase(inside, run);
      return { rootfs };
    },
    check: async (inside: Inside, run: StageRun) => {
      const missing = await absent(inside.host, '/', p9fsModules);
      const version = (await inside.exec(['/bin/freebsd-version', '-u'], { readOnly: true })).stdout.trim();
      if (missing.length > 0 && !allowMissing)
        throw withoutP9fs(`the base image (${version})`, `/${missing.join(', /')} is missing`);
      if (becomesImage) await rootCanGrow(inside);
      if (!version.startsWith(release))
        run.say(`the base is FreeBSD ${version} and not the ${release} of [build] release`);
      const free = await freeSpace(inside);
      run.say(`FreeBSD ${version}, ${free} MiB free`);
      return { version, free };
    },
    assumed: { version: release, free: 0 },
  } as const;
  return layerStage(env, work, { needs: [base, seed], base, rootfs: (_run, { rootfs }) => rootfs });
}

/** rc(8) removes /firstboot when all scripts have run; only then nothing else works on disk and packages. */
async function firstBootIsOver(env: BakeEnv, inside: Inside, run: StageRun): Promise<void> {
  const isOver = await until(
    async () => {
      if ((await inside.host.stat('/firstboot')) === undefined) return true;
      run.progress({ text: 'the first boot of FreeBSD is still running' });
      return undefined;
    },
    { every: LOOK_EVERY, within: FIRST_BOOT, signal: run.signal },
  );
  if (isOver === true) return;
  throw new PodbsdError({
    doing: 'waiting for the first boot of FreeBSD to end',
    problem: `/firstboot is still there after ${FIRST_BOOT / 60_000} minutes\nconsole: ${env.paths.console}`,
    remedy: 'read the end of the console log, then run the same command again',
    exitCode: ExitCode.notReady,
  });
}

/**
 * On a disk of 15 GB or more whose fstab has no swap, growfs puts some behind the root, before any setting of the seed
 * is there to forbid it. The root could then never grow in a machine made from the image.
 */
async function rootCanGrow(inside: Inside): Promise<void> {
  const fstab = (await inside.host.readText('/etc/fstab')) ?? '';
  if (!/^[^#]*growfs_swap/m.test(fstab)) return;
  throw new PodbsdError({
    doing: 'growing the root of the base image',
    problem:
      'FreeBSD has put swap space behind the root, which then cannot grow in a machine made from the image',
    remedy:
      'set [bake] size in podbsd.toml to less than 15g: the disk grows again at the first start of each machine',
    exitCode: ExitCode.config,
  });
}

/** `zfs` or `ufs`: mount -p prints device, folder and type. */
async function rootFilesystem(inside: Inside): Promise<string | undefined> {
  const { stdout } = await inside.exec(['/sbin/mount', '-p'], { readOnly: true });
  const fields = stdout.split('\n').map((line) => line.trim().split(/\s+/));
  return fields.find(([, folder]) => folder === '/')?.[2];
}

/** MiB that are free on the root file system. */
async function freeSpace(inside: Inside): Promise<number> {
  const { stdout } = await inside.exec(['/bin/df', '-k', '-P', '/'], { readOnly: true });
  return Math.floor(freeKib(stdout) / 1024);
}
