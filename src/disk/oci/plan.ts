import { join } from 'node:path';
import { ExitCode, PodbsdError } from '../../ground/errors.ts';
import { fileProblem } from '../../ground/file-problem.ts';
import { readRegular } from '../../ground/regular-file.ts';
import { MANIFEST_NAME, parseManifest, type Manifest } from '../describe/manifest.ts';
import { diskArtifacts, type DiskArtifact } from './artifacts.ts';

/** What was being done, in every error about a layout. */
export const doing = 'making an OCI layout';

/** A disk that podman can pull, and the export that it comes from. */
export interface PlannedDisk {
  readonly dir: string;
  readonly manifest: Manifest;
  readonly artifact: DiskArtifact;
}

/**
 * Reads what the exports hold for podman.
 * @throws PodbsdError when there is no export, none that podman can pull, or two of one architecture.
 */
export async function planLayout(dirs: readonly string[]): Promise<PlannedDisk[]> {
  const exports = await Promise.all(dirs.map((dir) => planExport(dir)));
  const architectures = exports.map(({ manifest }) => manifest.architecture);
  const twice = architectures.find((architecture, index) => architectures.indexOf(architecture) !== index);
  if (twice !== undefined)
    throw new PodbsdError({
      doing,
      problem: `two of the exports are for ${twice}; podman could not tell them apart`,
      remedy: 'name one export for each architecture',
      exitCode: ExitCode.data,
    });
  return exports.flatMap(({ dir, manifest, artifacts }) =>
    artifacts.map((artifact) => ({ dir, manifest, artifact })),
  );
}

async function planExport(
  dir: string,
): Promise<{ dir: string; manifest: Manifest; artifacts: DiskArtifact[] }> {
  const path = join(dir, MANIFEST_NAME);
  const bytes = await readRegular(path).catch((error: unknown) => {
    throw new PodbsdError({
      doing,
      problem: `${path}: ${fileProblem(error)}`,
      remedy: 'name the folder that `podbsd export` or `podbsd build-image` has written',
      exitCode: ExitCode.data,
      cause: error,
    });
  });
  const manifest = parseManifest(bytes.toString(), path);
  const artifacts = diskArtifacts(manifest);
  if (artifacts.length === 0)
    throw new PodbsdError({
      doing,
      problem: `${path} names no file that podman can pull`,
      remedy: 'export the image again with `--format qcow2.zst,raw.zst`',
      exitCode: ExitCode.data,
    });
  return { dir, manifest, artifacts };
}
