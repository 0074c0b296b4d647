import { imageName } from './names.ts';
import type { StageRun } from '../../pipeline/stage.ts';
import type { PoudriereEnv } from './env.ts';
import { inspectionPool } from './image-inspect.ts';

/**
 * Clears away what a killed `poudriere image` (or the look into the image) leaves behind: a pool, a memory disk, a
 * mount and a folder. Each is touched only when it lies below the build directory. Nothing is asked when no image was
 * ever begun there.
 */
export async function sweepImage(env: PoudriereEnv, run: StageRun): Promise<void> {
  const { host, paths } = env;
  const images = `${paths.data}/images`;
  const work = ((await host.list(images)) ?? []).filter((name) => name.startsWith(`${imageName}-`));
  const begun = work.length > 0 || (await host.stat(paths.image)) !== undefined;
  if (begun || (await host.stat(paths.imageWork)) !== undefined) {
    await unmountBelow(run, images);
    await releasePools(run, paths.directory);
    await detachDisks(run, paths.directory);
  }
  for (const name of work) await host.remove(`${images}/${name}`);
  if ((await host.stat(paths.imageWork)) !== undefined) await host.remove(paths.imageWork);
}

/** Newest mounts first: one may lie in another. Datasets of a pool go with the pool. */
async function unmountBelow(run: StageRun, folder: string): Promise<void> {
  for (const [, mountPoint = '', type = ''] of (await lines(run, 'mount', '-p')).reverse())
    if (mountPoint.startsWith(`${folder}/`) && type !== 'zfs') await run.exec(['umount', '-f', mountPoint]);
}

/** Poudriere's temporary pools are called zroot.NUMBER and have their root below the image folder. */
async function releasePools(run: StageRun, folder: string): Promise<void> {
  for (const [name = '', root = ''] of await lines(run, 'zpool', 'list', '-H', '-o', 'name,altroot')) {
    if (!root.startsWith(`${folder}/`)) continue;
    if (name === inspectionPool) await run.exec(['zpool', 'export', '-f', name]);
    else if (/^zroot\.\d+$/.test(name)) await run.exec(['zpool', 'destroy', '-f', name]);
  }
}

/** `mdconfig -lv` prints unit, type, size and file of each memory disk. */
async function detachDisks(run: StageRun, folder: string): Promise<void> {
  for (const [unit = '', , , file = ''] of await lines(run, 'mdconfig', '-lv'))
    if (file.startsWith(`${folder}/`)) await run.exec(['mdconfig', '-d', '-u', unit]);
}

async function lines(run: StageRun, program: string, ...args: string[]): Promise<string[][]> {
  const { stdout } = await run.exec([program, ...args], { readOnly: true });
  return stdout
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => line.trim().split(/\s+/));
}
