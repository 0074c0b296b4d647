import { join } from 'node:path';
import { readRegular } from '../ground/regular-file.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import { MANIFEST_NAME, parseManifest, type Manifest } from '../disk/describe/manifest.ts';
import { hashFile } from '../disk/hash.ts';
import type { FoundImage } from './found-image.ts';

/** The formats, with the fastest one to make a machine's disk from first. */
const preferred = ['qcow2', 'raw', 'qcow2.zst', 'raw.zst', 'vhdx'] as const;

/** A folder that `podbsd build-image` or `podbsd export` has written. Its file is hashed before it is used. */
export async function imageOfExport(dir: string, signal?: AbortSignal): Promise<FoundImage> {
  const path = join(dir, MANIFEST_NAME);
  const manifest = parseManifest((await readRegular(path)).toString(), path);
  const entry = chooseFile(manifest, path);
  const file = join(dir, entry.name);
  const { sha256 } = await hashFile(file, { signal });
  if (sha256 !== entry.sha256)
    throw new PodbsdError({
      doing: `checking ${file}`,
      problem: `it is not the file that was exported (SHA-256 ${sha256}, expected ${entry.sha256})`,
      remedy: 'copy the folder again, or export the image again',
      exitCode: ExitCode.untrusted,
    });
  const version = manifest.freebsd?.version;
  return {
    file,
    architecture: manifest.architecture,
    description: `${manifest.name}${version === undefined ? '' : `, FreeBSD ${version}`} from ${dir}`,
  };
}

export function chooseFile({ files }: Pick<Manifest, 'files'>, path: string): Manifest['files'][number] {
  for (const format of preferred) {
    const found = files.find((file) => file.format === format);
    if (found !== undefined) return found;
  }
  throw new PodbsdError({
    doing: 'choosing a disk image',
    problem: `${path} names no disk`,
    remedy: 'export the image again',
    exitCode: ExitCode.data,
  });
}
