import type { Argv } from '../../host/host.ts';
import { imageName } from './names.ts';
import type { BuildPaths } from './paths.ts';

/**
 * Poudriere's command lines. Only options that both Poudriere 3.4 and poudriere-devel know are used (one exception is
 * marked), and every path is absolute: Poudriere changes to /tmp first and corrects only some relative paths.
 */

/** `poudriere -N` (no colours) with podbsd's own etc directory. The global option `-s` exists in master only. */
function poudriere(paths: BuildPaths, ...args: string[]): Argv {
  return ['poudriere', '-e', paths.etc, '-N', ...args];
}

/** Prints `poudriere-git-3.4.8`. Needs no configuration. */
export const versionCommand: Argv = ['poudriere', 'version'];

/** FreeBSD's name of an architecture in Poudriere: TARGET, or TARGET.TARGET_ARCH where they differ. */
export function poudriereArch(architecture: 'amd64' | 'arm64'): string {
  return architecture === 'amd64' ? 'amd64' : 'arm64.aarch64';
}

/**
 * Installs a release from its distribution sets; with a kernel, which an image needs.
 *
 * @param method where they are: `http`, `ftp-archive`, `url=...`.
 */
export function createReleaseJail(
  paths: BuildPaths,
  release: string,
  architecture: 'amd64' | 'arm64',
  method = 'http',
): Argv {
  const arch = poudriereArch(architecture);
  return poudriere(
    paths,
    ...['jail', '-c', '-j', paths.names.jail, '-m', method, '-v', release, '-a', arch, '-K', 'GENERIC'],
  );
}

/** Installs a world and kernel that are built already: without `-b` nothing is compiled. */
export function createSourceJail(paths: BuildPaths, kernel: string, architecture: 'amd64' | 'arm64'): Argv {
  const arch = poudriereArch(architecture);
  return poudriere(
    paths,
    ...['jail', '-c', '-j', paths.names.jail, '-m', `src=${paths.source}`, '-a', arch, '-K', kernel],
  );
}

export function deleteJail(paths: BuildPaths): Argv {
  return poudriere(paths, 'jail', '-d', '-y', '-j', paths.names.jail);
}

/** Ends a build that was interrupted: its jails, mounts and clones. Works when nothing runs, too. */
export function stopJail(paths: BuildPaths): Argv {
  return poudriere(paths, 'jail', '-k', '-j', paths.names.jail, '-p', paths.names.ports);
}

/** Registers a folder as a ports tree. Nothing is copied. */
export function registerPorts(paths: BuildPaths, name: string, folder: string): Argv {
  return poudriere(paths, 'ports', '-c', '-p', name, '-m', 'null', '-M', folder);
}

/** Forgets a ports tree and keeps its files. */
export function forgetPorts(paths: BuildPaths, name: string): Argv {
  return poudriere(paths, 'ports', '-d', '-k', '-p', name);
}

export interface BulkOptions {
  /** Name of this attempt. A name used before makes Poudriere go on without trying what has failed. */
  readonly buildName: string;
  readonly jobs?: number | undefined;
  /** Where finished packages may come from: latest, quarterly, release_N or a URL. */
  readonly prebuilt?: string | undefined;
}

/** Builds (or fetches) the packages of the list. */
export function bulk(paths: BuildPaths, options: BulkOptions): Argv {
  const jobs = options.jobs === undefined ? [] : ['-J', String(options.jobs)];
  const prebuilt = options.prebuilt === undefined ? [] : ['-b', options.prebuilt];
  return poudriere(
    paths,
    ...[
      'bulk',
      '-j',
      paths.names.jail,
      '-p',
      paths.names.ports,
      '-O',
      paths.names.overlay,
      '-B',
      options.buildName,
    ],
    ...[...jobs, ...prebuilt, '-f', paths.packageList],
  );
}

export interface ImageOptions {
  /** e.g. `4g`. */
  readonly size: string;
  readonly hostname: string;
  /** A file of zpool-features(7). Only master knows `-C`: leave it out for 3.4. */
  readonly compatibility?: string | undefined;
}

/** Writes a GPT disk with EFI loader, boot code and a ZFS pool. 3.4 allows only letters and digits in the name. */
export function image(paths: BuildPaths, options: ImageOptions): Argv {
  const compatibility = options.compatibility === undefined ? [] : ['-C', options.compatibility];
  return poudriere(
    paths,
    ...[
      'image',
      '-t',
      'zfs+gpt',
      '-j',
      paths.names.jail,
      '-p',
      paths.names.ports,
      '-s',
      options.size,
      '-n',
      imageName,
    ],
    ...['-h', options.hostname, '-o', paths.imageWork, '-c', paths.overlay, '-f', paths.packageList],
    ...['-X', paths.excludes, ...compatibility, '-v'],
  );
}
