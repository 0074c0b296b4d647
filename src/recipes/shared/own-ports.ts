import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { packageRoot } from '../../ground/assets.ts';

/** The ports tree that podbsd lays over FreeBSD's. */
export const ownPortsFolder = join(packageRoot, 'poudriere/ports');

/** The ports in it, e.g. `sysutils/podbsd-guest`: each folder with a Makefile, two levels down. */
export async function ownPorts(): Promise<readonly string[]> {
  const files = await readdir(ownPortsFolder, { recursive: true });
  return files.flatMap((file) => /^([^/]+\/[^/]+)\/Makefile$/.exec(file)?.[1] ?? []).sort();
}
