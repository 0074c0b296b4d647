import { Option } from 'commander';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { findStored, imageStore, newestImage, type StoredImage, type Wanted } from '../../images/store.ts';
import { hostArchitecture, type Architecture } from '../../vm/architecture.ts';

export interface ChooseOptions {
  readonly arch: Architecture;
  readonly release?: string;
}

/** The options that say which image is meant where none is named. */
export function chooseOptions(): Option[] {
  return [
    new Option('--arch <arch>', 'architecture of the image')
      .choices(['amd64', 'arm64'])
      .default(hostArchitecture() ?? 'amd64', 'that of this machine'),
    new Option('--release <release>', 'release of FreeBSD, e.g. 15.1 (default: whatever is newest)'),
  ];
}

/**
 * The image of this name; without one the newest that fits.
 * @throws PodbsdError when there is none.
 */
export async function chooseImage(name: string | undefined, options: ChooseOptions): Promise<StoredImage> {
  const store = imageStore();
  if (name !== undefined) return await findStored(store, name);
  const wanted: Wanted = { architecture: options.arch, release: options.release };
  const found = await newestImage(store, wanted);
  if (found !== undefined) return found;
  const what = `FreeBSD ${wanted.release === undefined ? '' : `${wanted.release} `}for ${wanted.architecture}`;
  throw new PodbsdError({
    doing: 'looking for an image',
    problem: `there is none of ${what} in ${store}`,
    remedy: 'podbsd image build makes one',
    exitCode: ExitCode.failed,
  });
}
