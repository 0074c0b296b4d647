import { stat, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dataFolder } from '../ground/data-folder.ts';
import { nearestFolder } from '../ground/lack/nearest-folder.ts';
import { GIB } from '../ground/sizes.ts';
import { cacheHome } from '../ground/xdg.ts';
import { ok, problem, warning, type Check, type Verdict } from './check.ts';

interface Place {
  readonly id: string;
  readonly what: string;
  /** Undefined where it cannot be told: without a home, or in a folder that was deleted. */
  readonly folder: string | undefined;
  /** GiB without which something fails, and below which it gets tight. */
  readonly needed: number;
  readonly scarce: number;
  readonly repair: string;
}

/** The folders that podbsd fills, with what is kept in them. A disk of a machine grows to 5 GiB in normal use. */
function places(env: NodeJS.ProcessEnv): Place[] {
  return [
    {
      ...{
        id: 'host.space',
        what: 'machines and images',
        folder: placeOf(() => dataFolder(env)),
        needed: 5,
        scarce: 20,
      },
      repair: 'free space there, set XDG_DATA_HOME to a larger disk, or remove machines that are not used',
    },
    {
      ...{
        id: 'host.space.cache',
        what: 'downloads',
        folder: placeOf(() => cacheHome(env)),
        needed: 2,
        scarce: 6,
      },
      repair: 'podbsd clean --all, or set XDG_CACHE_HOME to a larger disk',
    },
    {
      ...{ id: 'host.space.temporary', what: 'temporary files', folder: tmpdir(), needed: 0.1, scarce: 4 },
      repair: 'free space there, or set TMPDIR to a larger disk: packed images are unpacked there',
    },
    {
      ...{
        id: 'host.space.build',
        what: 'builds in this folder',
        folder: placeOf(() => process.cwd()),
        needed: 3,
        scarce: 12,
      },
      repair: 'free space there, or run podbsd build-image in a folder on a larger disk',
    },
  ];
}

function placeOf(folder: () => string): string | undefined {
  try {
    return folder();
  } catch {
    return undefined;
  }
}

/** One check for each folder that podbsd fills. Folders of one file system share what is free, which is said once. */
export async function spaceChecks(env: NodeJS.ProcessEnv): Promise<Check[]> {
  const byDevice = new Map<number, Place[]>();
  for (const place of places(env)) {
    if (place.folder === undefined) continue;
    const { dev } = await stat(nearestFolder(place.folder));
    byDevice.set(dev, [...(byDevice.get(dev) ?? []), place]);
  }
  return [...byDevice.values()].map(spaceCheck);
}

function spaceCheck(shared: readonly Place[]): Check {
  const [first] = shared;
  return {
    id: first?.id ?? '',
    title: shared.length > 1 ? 'disk space' : `disk space for ${first?.what ?? ''}`,
    look: async () => await judge(shared),
  };
}

async function judge(shared: readonly Place[]): Promise<Verdict> {
  const folder = nearestFolder(shared[0]?.folder ?? '/');
  const { bavail, bsize } = await statfs(folder);
  const free = (bavail * bsize) / GIB;
  const finding = `${free.toFixed(1)} GiB free at ${folder} for ${shared.map(({ what }) => what).join(', ')}`;
  const lacking = shared.find(({ needed }) => free < needed);
  if (lacking !== undefined)
    return problem(`${finding}; ${lacking.what} need ${lacking.needed} GiB`, lacking.repair);
  const tight = shared.find(({ scarce }) => free < scarce);
  return tight === undefined
    ? ok(finding)
    : warning(`${finding}; that is little for ${tight.what}`, tight.repair);
}
