import { debianPackages, type UnpackOptions } from './debian.ts';

/**
 * Packages of Debian 13 (trixie), unpacked into one tree in the cache; nothing is installed.
 * Programs of it run on an older Debian through `ownLoaderArgv`.
 */
export async function trixiePackages(names: readonly string[], options?: UnpackOptions): Promise<string> {
  return await debianPackages('trixie', names, options);
}
