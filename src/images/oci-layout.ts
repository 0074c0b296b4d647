import { readRegular } from '../ground/regular-file.ts';
import { join } from 'node:path';
import { hashFile } from '../disk/hash.ts';
import { ExitCode, PodbsdError } from '../ground/errors.ts';
import type { Architecture } from '../vm/architecture.ts';
import { checked, diskLayer, findDiskManifest, type Descriptor } from './artifact.ts';
import type { FoundImage } from './found-image.ts';

/** The disk in a folder that `podbsd oci` or `skopeo copy ... oci:DIR` has written. */
export async function imageOfLayout(
  dir: string,
  architecture: Architecture,
  signal?: AbortSignal,
): Promise<FoundImage> {
  const doing = `reading the OCI layout ${dir}`;
  const blob = ({ digest }: Descriptor): string => join(dir, 'blobs', digest.replace(':', '/'));
  const read = async (descriptor: Descriptor): Promise<Buffer> => await readRegular(blob(descriptor));
  const index = await readRegular(join(dir, 'index.json'));
  const manifest = await findDiskManifest(index, architecture, read, doing);
  const layer = diskLayer(checked(await read(manifest), manifest, doing), doing);
  const file = blob(layer);
  const { sha256 } = await hashFile(file, { signal });
  if (`sha256:${sha256}` !== layer.digest)
    throw new PodbsdError({
      doing,
      problem: `${file} is damaged (SHA-256 ${sha256})`,
      remedy: 'fetch the layout again',
      exitCode: ExitCode.untrusted,
    });
  return { file, architecture, foreign: true, description: `${layer.digest} from ${dir}` };
}
