import { join } from 'node:path';
import { getSize } from '../downloads/http.ts';
import { partOf, sizeOf } from '../downloads/part-file.ts';
import { exists } from '../ground/exists.ts';
import { formatSize, MIB } from '../ground/sizes.ts';
import { downloadsFolder } from '../images/store.ts';
import { findAccelerator, type Accelerator } from '../vm/accelerator.ts';
import { chooseBaseImage, type PublishedImage } from './bake/base-image.ts';
import { emulatedBakeMinutes } from './bake/measured.ts';
import type { BuildOptions, Surroundings } from './build.ts';
import { chooseRecipe } from './choose-recipe.ts';
import { loadBuild } from './load-build.ts';

/** Milliseconds for a mirror to say how large an image is. */
const LIMIT = 5000;
/** What the images of FreeBSD 15.1 take as they are published, for days when no server says it. */
const ABOUT = 640 * MIB;

export interface Announcement {
  /** The release that will be taken. */
  readonly release: string;
  /** How much is downloaded and how long it takes, for people. */
  readonly lines: readonly string[];
}

/** What making an image will take, said before it begins. */
export async function announceBuild(
  options: BuildOptions,
  surroundings: Pick<Surroundings, 'say' | 'signal'>,
): Promise<Announcement> {
  const { config, folder } = await loadBuild(options, surroundings);
  const { release, architecture } = config.build;
  if (chooseRecipe(options, config) === 'poudriere')
    return {
      release,
      lines: [
        'Poudriere installs FreeBSD from its distribution sets and fetches or builds the packages.',
        'That takes minutes where FreeBSD offers all packages ready-made, and hours where they are built.',
      ],
    };
  const image = chooseBaseImage(config, folder, options.baseImage);
  const from = image.kind === 'file' ? undefined : await toDownload(image, surroundings.signal);
  return {
    release,
    lines: [
      `To be downloaded: ${from === undefined ? '' : `${from}, and `}FreeBSD's packages of podman and what it needs.`,
      timeText(await findAccelerator(architecture)),
    ],
  };
}

async function toDownload(image: PublishedImage, signal: AbortSignal): Promise<string | undefined> {
  const file = join(downloadsFolder(), image.name);
  if (image.directory !== undefined || (await exists(file))) return undefined;
  const there = await sizeOf(partOf(file));
  const size = await sizeOfFirst(image, signal);
  const known = size === undefined ? `about ${formatSize(ABOUT)}` : formatSize(size);
  return `${image.name} (${known}${there === 0 ? '' : `, of which ${formatSize(there)} are here already`})`;
}

async function sizeOfFirst(
  { urls, archived }: PublishedImage,
  signal: AbortSignal,
): Promise<number | undefined> {
  for (const url of [...urls, ...(archived === undefined ? [] : [archived])])
    try {
      return await getSize(url, { limitMs: LIMIT, signal });
    } catch {
      signal.throwIfAborted();
    }
  return undefined;
}

function timeText(accelerator: Accelerator): string {
  const { quiet, busy } = emulatedBakeMinutes;
  const measured = `${quiet} to ${busy} minutes where FreeBSD was emulated`;
  return accelerator === 'tcg'
    ? `Making it took ${measured}, as it is here; the time of the download comes on top.`
    : `Making it took ${measured}; here ${accelerator === 'kvm' ? 'KVM' : 'Hypervisor.framework'} makes it faster. The time of the download comes on top.`;
}
