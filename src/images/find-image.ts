import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { MANIFEST_NAME } from '../disk/describe/manifest.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { fileProblem } from '../ground/file-problem.ts';
import { exists } from '../ground/exists.ts';
import { imageOfExport } from './export-folder.ts';
import type { FoundImage } from './found-image.ts';
import { imageOfLayout } from './oci-layout.ts';
import { imageOfRegistry, type PullOptions } from './registry.ts';

/**
 * What `--image` names: a disk image file of any format, a folder of build-image or export, an OCI layout, or an artifact
 * in a registry (`docker://`).
 */
export async function findImage(image: string, options: PullOptions): Promise<FoundImage> {
  if (image.startsWith('docker://')) return await imageOfRegistry(image, options);
  if (/^https?:\/\//.test(image))
    throw wrong(image, 'podbsd does not download images that it cannot verify', [
      'download it with its SHA256SUMS, check it, and name the file',
    ]);
  const path = resolve(image.replace(/^oci:/, ''));
  if (await exists(join(path, 'oci-layout')))
    return await imageOfLayout(path, options.architecture, options.signal);
  if (await exists(join(path, MANIFEST_NAME))) return await imageOfExport(path, options.signal);
  const found = await stat(path).catch((error: unknown) => {
    throw wrong(image, fileProblem(error), howToGetOne);
  });
  if (!found.isFile() && !found.isDirectory())
    throw wrong(image, 'it is a pipe, a socket or a device', howToGetOne);
  if (!found.isFile())
    throw wrong(image, `the folder holds neither ${MANIFEST_NAME} nor an OCI layout`, howToGetOne);
  return { file: path, description: path };
}

const howToGetOne = [
  'podbsd machine init --now              makes one first when there is none',
  'podbsd image build                     makes one for all later machines',
  'podbsd build-image --recipe bake       makes one in a machine of its own',
  'podbsd build-image                     builds one with Poudriere on a FreeBSD host',
  'then: podbsd machine init --image DIRECTORY-OF-IT',
];

/** The answer to `init` without an image. */
export function noImageGiven(): PodbsdError {
  return wrong('', 'no image was named, and there is none in the store', [
    ...howToGetOne,
    'or: podbsd machine init --image docker://REGISTRY/NAME:TAG, where somebody has published one',
  ]);
}

function wrong(image: string, problem: string, remedies: readonly string[]): PodbsdError {
  return new PodbsdError({
    doing: `looking for the image${image === '' ? '' : ` ${image}`}`,
    problem,
    remedy: remedies.join('\n       '),
    exitCode: ExitCode.usage,
  });
}
