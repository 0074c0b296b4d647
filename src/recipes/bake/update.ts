import { currentPatch } from '../../images/patches.ts';
import { imageStore } from '../../images/store.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import { configuredRelease } from '../shared/release.ts';
import type { BakeEnv } from './env.ts';
import type { Inside } from './inside.ts';
import { bootstrapPkg, installed, pkg } from './pkg.ts';

/** The repository of a base that is made of packages; FreeBSD 15 has such images. */
const REPOSITORY = 'FreeBSD-base';
/** What freebsd-update(8) ends with when there is nothing to install. */
const NOTHING = 2;

/** Brings FreeBSD itself to the newest patch of its release: by pkg(8) where it is made of packages. */
export async function updateBase(inside: Inside, run: StageRun): Promise<void> {
  await bootstrapPkg(inside, run);
  const packaged = (await installed(inside)).some(({ name }) => name === 'FreeBSD-runtime');
  if (packaged) {
    await pkg(inside, run, 'upgrade', '-y', '-r', REPOSITORY);
    return;
  }
  run.progress({ text: 'freebsd-update fetches and installs patches' });
  await inside.exec(['/usr/sbin/freebsd-update', '--not-running-from-cron', 'fetch', 'install'], {
    // It shows its lists in a pager otherwise.
    env: { PAGER: '/bin/cat' },
    okCodes: [0, NOTHING],
  });
}

/** The newest patch of the release that is baked: a newer one is a reason to bake anew. Null when it is not known. */
export async function newestPatchOf({ host, config }: BakeEnv): Promise<number | null> {
  const { build, download } = config;
  const { name } = configuredRelease(build);
  const found = await host.perform(`ask ${download.updates} for the newest patch of ${name}`, () =>
    currentPatch(imageStore(), download, name, build.architecture),
  );
  return found?.patch ?? null;
}
