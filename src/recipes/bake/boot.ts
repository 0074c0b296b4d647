import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import type { Outputs, Stage, StageRun } from '../../pipeline/stage.ts';
import { absent, p9fsModules, withoutP9fs } from '../poudriere/p9fs.ts';
import type { BakeEnv } from './env.ts';
import { insideStage } from './inside-stage.ts';
import type { Inside } from './machine.ts';

/** Milliseconds that the guest's first boot may still take once it lets us in. */
const FIRST_BOOT = 20 * 60_000;
const LOOK_EVERY = 2_000;

/**
 * Boots the base for the first time, with the seed, and looks what it is.
 *
 * @param becomesImage false when it is only worked in.
 */
export function bootStage(env: BakeEnv, becomesImage = true): Stage {
  const { size, filesystem } = env.config.bake;
  const { architecture, allow_missing_p9fs: allowMissing } = env.config.build;
  return insideStage(env, {
    layer: 'boot',
    title: 'Boot the base image',
    inputs: () => ({ architecture, size, allowMissing }),
    work: async (inside, run) => {
      await firstBootIsOver(env, inside, run);
      const rootfs = env.host.dryRun ? filesystem : await rootFilesystem(inside);
      // FreeBSD grows its root at the first boot; once more for a base that does not. With nothing left to grow,
      // growfs(8) ends with 1.
      await inside.exec(['/usr/sbin/service', 'growfs', 'onestart'], { okCodes: [0, 1] });
      return rootfs === undefined ? {} : { rootfs };
    },
    check: async (inside, run) => {
      const missing = await absent(inside.host, '/', p9fsModules);
      const version = (await inside.exec(['/bin/freebsd-version', '-u'], { readOnly: true })).stdout.trim();
      if (missing.length > 0 && !allowMissing)
        throw withoutP9fs(`the base image (${version})`, `/${missing.join(', /')} is missing`);
      if (becomesImage) await rootCanGrow(inside);
      const wanted = env.config.build.release;
      if (!version.startsWith(wanted))
        run.say(`the base is FreeBSD ${version} and not the ${wanted} of [build] release`);
      const free = await freeSpace(inside);
      run.say(`FreeBSD ${version}, ${free} MiB free`);
      return { version, free: String(free) } satisfies Outputs;
    },
  });
}

/** rc(8) removes /firstboot when all scripts are through; only then nothing else works on disk and packages. */
async function firstBootIsOver(env: BakeEnv, inside: Inside, run: StageRun): Promise<void> {
  if (env.host.dryRun) return;
  const deadline = Date.now() + FIRST_BOOT;
  while ((await inside.host.stat('/firstboot')) !== undefined) {
    run.progress({ text: 'the first boot of FreeBSD goes on' });
    if (Date.now() > deadline)
      throw new PodbsdError({
        doing: 'waiting for the first boot of FreeBSD to end',
        problem: `/firstboot is still there after ${FIRST_BOOT / 60_000} minutes\nconsole: ${env.paths.console}`,
        remedy: 'read the end of the console log, then run the same command again',
        exitCode: ExitCode.notReady,
      });
    await sleep(LOOK_EVERY, undefined, { signal: run.signal });
  }
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
  return Math.floor(Number(stdout.trim().split('\n').at(-1)?.split(/\s+/)[3] ?? 0) / 1024);
}
