import { ExitCode, PodbsdError } from '../../ground/errors.ts';

/** The parts of `alpine-virt-3.24.2-x86_64.iso`. */
const ISO_NAME = /^alpine-virt-((\d+\.\d+)\.\d+(?:_[a-z0-9]+)?)-([a-z0-9_]+)\.iso$/;

/** The release of an ISO image, e.g. `3.24.2`, from its file name. */
export function versionOfIso(fileName: string): string {
  return parts(fileName)[1] ?? '';
}

/** The branch of an ISO image, e.g. `v3.24`: its packages must come from the same branch. */
export function branchOfIso(fileName: string): string {
  return `v${parts(fileName)[2] ?? ''}`;
}

function parts(fileName: string): RegExpExecArray {
  const match = ISO_NAME.exec(fileName);
  if (match !== null) return match;
  throw new PodbsdError({
    doing: `looking at the ISO image ${fileName}`,
    problem: 'its name is not of the form alpine-virt-3.24.2-x86_64.iso, so that its release is unknown',
    remedy: 'use the image that podbsd alpine fetch downloads',
    exitCode: ExitCode.usage,
  });
}
